"""Conversations, contacts and leads on the HTTP side."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from sender_service.api.paging import Paging
from sender_service.api.shapes.parts import Answer, Change, Request, RowId, Text

ConversationStatus = Literal["pending", "active", "closed"]
Tag = Annotated[str, Field(min_length=1, max_length=50)]


class Conversation(Answer):
    """One line of the inbox."""

    id: int
    phone: str | None
    contact_id: int
    contact_name: str | None
    phone_number_id: str
    lead_id: int | None
    lead_name: str | None
    unread_count: int
    last_message_at: datetime | None
    last_message_text: str | None
    last_message_direction: Literal["inbound", "outbound"] | None
    assigned_to_id: int | None
    assigned_to_name: str | None
    status: ConversationStatus
    subject: str
    window_expires_at: datetime | None = Field(description="Until then free text may be sent; null: only templates.")


class InboxQuery(Paging):
    """Filters of the inbox; all given must hold."""

    status: ConversationStatus | None = None
    assigned_to_id: RowId | None = None
    unassigned: bool | None = None
    unread: bool | None = None
    phone_number_id: str | None = Field(None, max_length=64)
    contact_id: RowId | None = None
    q: str | None = Field(
        None, min_length=2, max_length=100, description="Words of the name, or the beginning of the phone."
    )


class ConversationPaging(Paging):
    """Messages of one conversation: 50 to a page."""

    limit: int = Field(50, ge=1, le=100)


class Assignment(Request):
    assigned_to_id: RowId | None = Field(description="A user of the organization; null takes the assignment away.")


class Contact(Answer):
    id: int
    phone: str | None
    wa_id: str | None
    bsuid: str | None
    username: str | None
    name: str | None
    profile_name: str | None
    display_name: str | None
    business_name: str | None
    is_verified: bool
    language: str | None
    tags: list[str]
    pinned: bool
    blocked: bool
    marketing_opted_out: bool
    marketing_opted_out_at: datetime | None
    unread_count: int
    lead_id: int | None
    created_at: datetime
    updated_at: datetime


class ContactQuery(Paging):
    """Filters of the contact list; all given must hold."""

    tag: Tag | None = None
    pinned: bool | None = None
    blocked: bool | None = None
    opted_out: bool | None = None
    q: str | None = Field(
        None, min_length=2, max_length=100, description="Words of the name, or the beginning of the phone."
    )


class ContactChange(Change):
    """What is left out stays; null clears a name or the language. `marketing_opted_out` needs the role MANAGER."""

    display_name: Text | None = None
    business_name: Text | None = None
    language: str | None = Field(None, pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")
    tags: list[Tag] | None = Field(None, max_length=50)
    pinned: bool | None = None
    blocked: bool | None = None
    is_verified: bool | None = None
    marketing_opted_out: bool | None = None


class Erased(Answer):
    contact_id: int
    messages: int = Field(description="Messages whose content was taken out.")


class Lead(Answer):
    id: int
    name: str
    phone: str | None
    status: str
    source: str
    pipeline_id: int | None
    stage_id: int | None
    stage_name: str | None
    assigned_to_id: int | None
    assigned_to_name: str | None
    external_ref: str | None
    created_at: datetime
    updated_at: datetime


class LeadQuery(Paging):
    """Filters of the lead list; all given must hold."""

    status: str | None = Field(None, max_length=50)
    pipeline_id: RowId | None = None
    stage_id: RowId | None = None
    assigned_to_id: RowId | None = None
    phone: str | None = Field(None, pattern=r"^\+?[0-9]{7,15}$")


class LeadChange(Change):
    """What is left out stays; null takes the assignment or the reference away."""

    name: Text | None = None
    status: str | None = Field(None, pattern=r"^[A-Z][A-Z_]{1,49}$")
    stage_id: RowId | None = None
    assigned_to_id: RowId | None = None
    external_ref: Text | None = None


class Note(Answer):
    id: int
    lead_id: int
    message_id: int | None
    text: str
    is_private: bool
    author: str
    created_at: datetime


class NewNote(Request):
    text: str = Field(min_length=1, max_length=10_000)
    is_private: bool = False
