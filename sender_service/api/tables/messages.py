"""Routes of messages."""

from typing import Final

from sender_service.access import Role
from sender_service.api.handlers import bulk, export, message_actions, messages, send
from sender_service.api.route import Route
from sender_service.api.shapes import bulk as bulk_shapes
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
        method="POST", path="/messages/bulk", role=Role.MANAGER, handler=bulk.send, tag="messages",
        summary="One message to a list, from JSON or CSV, with a report for each row", query=bulk_shapes.BulkQuery,
        reads=bulk_shapes.BulkRequest, consumes=("application/json", "text/csv"), answer=bulk_shapes.BulkReport,
        status=202, errors=("CONFLICT", "IDEMPOTENCY_CONFLICT"),
    ),
    Route(
        method="GET", path="/messages/export", role=Role.MANAGER, handler=export.export, tag="messages",
        summary="The history as a stream of CSV or NDJSON", query=shapes.ExportQuery,
        produces=("text/csv", "application/x-ndjson"),
    ),
    Route(
        method="GET", path="/messages/{id}", role=Role.SELLER, handler=messages.get, tag="messages",
        summary="One message with its timeline and attempts", answer=shapes.MessageDetail, errors=("NOT_FOUND",),
    ),
    Route(
        method="POST", path="/messages/{id}/cancel", role=Role.SELLER, handler=message_actions.cancel, tag="messages",
        summary="Take back a message that still waits", answer=shapes.AcceptedMessage,
        errors=("NOT_FOUND", "CONFLICT"),
    ),
    Route(
        method="POST", path="/messages/{id}/resend", role=Role.MANAGER, handler=message_actions.resend, tag="messages",
        summary="Send again what failed or is in doubt", answer=shapes.AcceptedMessage, status=202,
        errors=("NOT_FOUND", "CONFLICT", "IDEMPOTENCY_CONFLICT"),
    ),
    Route(
        method="POST", path="/messages/{id}/resolve", role=Role.MANAGER, handler=message_actions.resolve,
        tag="messages", summary="Settle a doubt by hand", body=shapes.Resolution, answer=shapes.AcceptedMessage,
        errors=("NOT_FOUND", "CONFLICT"),
    ),
)  # fmt: skip
