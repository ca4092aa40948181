"""Routes of conversations, contacts and leads."""

from typing import Final

from sender_service.access import Role
from sender_service.api.handlers import contacts, conversations, leads, personal_data
from sender_service.api.paging import Paging
from sender_service.api.route import Route
from sender_service.api.shapes import messages as message_shapes
from sender_service.api.shapes import people as shapes
from sender_service.api.shapes.parts import Page

ROUTES: Final = (
    Route(
        method="GET", path="/conversations", role=Role.SELLER, handler=conversations.find, tag="conversations",
        summary="The inbox, the latest conversation first", query=shapes.InboxQuery, answer=Page[shapes.Conversation],
    ),
    Route(
        method="GET", path="/conversations/{id}/messages", role=Role.SELLER, handler=conversations.messages,
        tag="conversations", summary="The messages of a conversation, by id or `+<E.164>`",
        query=shapes.ConversationPaging, answer=Page[message_shapes.Message], errors=("NOT_FOUND",),
    ),
    Route(
        method="PATCH", path="/conversations/{id}/assign", role=Role.MANAGER, handler=conversations.assign,
        tag="conversations", summary="Give a conversation to a user, or to nobody", body=shapes.Assignment,
        answer=shapes.Conversation, errors=("NOT_FOUND",),
    ),
    Route(
        method="PATCH", path="/conversations/{id}/mark-read", role=Role.SELLER, handler=conversations.mark_read,
        tag="conversations", summary="Mark everything as read, here and at Meta", answer=shapes.Conversation,
        errors=("NOT_FOUND",),
    ),
    Route(
        method="GET", path="/contacts", role=Role.SELLER, handler=contacts.find, tag="contacts",
        summary="The contacts", query=shapes.ContactQuery, answer=Page[shapes.Contact],
    ),
    Route(
        method="GET", path="/contacts/{id}", role=Role.SELLER, handler=contacts.get, tag="contacts",
        summary="One contact, by id or `+<E.164>`", answer=shapes.Contact, errors=("NOT_FOUND",),
    ),
    Route(
        method="PATCH", path="/contacts/{id}", role=Role.SELLER, handler=contacts.edit, tag="contacts",
        summary="Change a contact", body=shapes.ContactChange, answer=shapes.Contact, errors=("NOT_FOUND",),
    ),
    Route(
        method="GET", path="/contacts/{id}/export", role=Role.ADMIN, handler=personal_data.export, tag="contacts",
        summary="Everything known about a contact, one JSON object per line", produces=("application/x-ndjson",),
        errors=("NOT_FOUND",),
    ),
    Route(
        method="POST", path="/contacts/{id}/erase", role=Role.ADMIN, handler=personal_data.erase, tag="contacts",
        summary="Take a contact's personal data out everywhere", answer=shapes.Erased, errors=("NOT_FOUND",),
    ),
    Route(
        method="GET", path="/leads", role=Role.SELLER, handler=leads.find, tag="leads", summary="The leads",
        query=shapes.LeadQuery, answer=Page[shapes.Lead],
    ),
    Route(
        method="GET", path="/leads/{id}", role=Role.SELLER, handler=leads.get, tag="leads", summary="One lead",
        answer=shapes.Lead, errors=("NOT_FOUND",),
    ),
    Route(
        method="PATCH", path="/leads/{id}", role=Role.MANAGER, handler=leads.edit, tag="leads",
        summary="Change a lead", body=shapes.LeadChange, answer=shapes.Lead, errors=("NOT_FOUND",),
    ),
    Route(
        method="GET", path="/leads/{id}/notes", role=Role.SELLER, handler=leads.notes, tag="leads",
        summary="The notes of a lead", query=Paging, answer=Page[shapes.Note], errors=("NOT_FOUND",),
    ),
    Route(
        method="POST", path="/leads/{id}/notes", role=Role.SELLER, handler=leads.add_note, tag="leads",
        summary="Write a note", body=shapes.NewNote, answer=shapes.Note, status=201, errors=("NOT_FOUND",),
    ),
)  # fmt: skip
