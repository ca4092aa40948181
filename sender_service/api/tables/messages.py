"""Routes of messages."""

from typing import Final

from sender_service.access import Role
from sender_service.api.handlers import messages, send
from sender_service.api.route import Route
from sender_service.api.shapes import messages as shapes
from sender_service.api.shapes.parts import Page

ROUTES: Final = (
    Route(
        method="POST", path="/messages", role=Role.SELLER, handler=send.send, tag="messages",
        summary="Send a message of any type", body=shapes.SendRequest, answer=shapes.AcceptedMessage, status=202,
        errors=("IDEMPOTENCY_CONFLICT",),
    ),
    Route(
        method="GET", path="/messages", role=Role.SELLER, handler=messages.find, tag="messages",
        summary="The message history", query=shapes.MessageQuery, answer=Page[shapes.Message],
    ),
    Route(
        method="GET", path="/messages/{id}", role=Role.SELLER, handler=messages.get, tag="messages",
        summary="One message with its timeline and attempts", answer=shapes.MessageDetail, errors=("NOT_FOUND",),
    ),
)  # fmt: skip
