"""Messages on the HTTP side."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sender_service.api.paging import Paging
from sender_service.api.shapes.parts import Answer, Moment, Request, Row, RowId

Direction = Literal["inbound", "outbound"]
Status = Literal[
    "queued", "scheduled", "retry_wait", "sending", "sent", "delivered", "read", "played",
    "failed", "expired", "cancelled", "unknown", "received",
]  # fmt: skip


class SendRequest(BaseModel):
    """The `data` of the send command: Meta's own message object, with our fields beside it."""

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"to": "+393331234567", "type": "text", "text": {"body": "Your table is ready."}},
                {
                    "to": "+393331234567",
                    "type": "template",
                    "template": {"name": "hello_world", "language": {"code": "en_US"}},
                    "lead_id": 17,
                },
            ],
            "additionalProperties": {"description": "The object named by `type`, as Meta documents it."},
        },
    )

    type: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$", description="text, image, template … or mark_read")
    phone_number_id: str | None = Field(None, description="May be left out when the organization has one number.")


class MessageError(Answer):
    code: int | None
    message: str | None


class Attachment(Answer):
    id: int
    type: str
    mime_type: str | None
    size: int | None
    filename: str | None
    status: str


class Message(Answer):
    """A message of either direction."""

    id: int
    provider: Literal["WHATSAPP"] = "WHATSAPP"
    external_id: str | None
    direction: Direction
    type: str
    status: Status
    from_: str | None = Field(alias="from")
    to: str | None
    text: str | None
    attachments: list[Attachment]
    template: str | None
    lead_id: int | None
    contact_id: int | None
    conversation_id: int | None
    campaign_id: int | None
    phone_number_id: str
    contact_name: str | None
    metadata: dict[str, Any] | None
    error: MessageError | None
    is_read: bool
    created_at: datetime
    status_updated_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    failed_at: datetime | None

    @model_validator(mode="before")
    @classmethod
    def _from_row(cls, value: Any) -> Any:
        row = dict(value)
        if "error" not in row:
            failed = row.get("error_code") is not None or row.get("error_message") is not None
            row["error"] = {"code": row["error_code"], "message": row["error_message"]} if failed else None
        return row


class TimelineEntry(Answer):
    """One status as Meta reported it."""

    attempt: int
    status: str
    participant: str | None
    at: datetime
    received_at: datetime
    error_code: int | None
    error_message: str | None


class Attempt(Answer):
    """One call to Meta, with secrets and personal data taken out when it was written."""

    attempt: int
    outcome: str
    external_id: str | None
    error_code: int | None
    error_message: str | None
    request: Any
    answer: Any
    started_at: datetime
    finished_at: datetime


class MessageDetail(Message):
    content: Any
    due_at: datetime | None
    expires_at: datetime | None
    warning: str | None
    pricing: Any
    timeline: list[Annotated[TimelineEntry, Row]]
    attempts: list[Annotated[Attempt, Row]]


class AcceptedMessage(Answer):
    """202: the message is a row, visible and cancellable; its status events follow."""

    id: int
    status: Status = "queued"


class Resolution(Request):
    """What an operator found out about a message in doubt."""

    status: Literal["sent", "failed"]
    reason: str | None = Field(None, min_length=1, max_length=500)


class MessageFilters(BaseModel):
    """Filters of the message history; all given must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lead_id: RowId | None = None
    contact_id: RowId | None = None
    conversation_id: RowId | None = None
    direction: Direction | None = None
    status: Status | None = None
    type: str | None = Field(None, max_length=64)
    campaign_id: RowId | None = None
    phone_number_id: str | None = Field(None, max_length=64)
    since: Moment | None = Field(None, description="Made at or after; UTC where it has no offset.")
    until: Moment | None = Field(None, description="Made before; UTC where it has no offset.")


class MessageQuery(MessageFilters, Paging):
    """Filters and page of the message list."""

    q: str | None = Field(
        None,
        min_length=2,
        max_length=100,
        description=(
            "Words in the text. With a filter other than lead, contact or conversation: of the newest 10,000 messages "
            "that hold them."
        ),
    )


class ExportQuery(MessageFilters):
    """Filters and form of an export."""

    format: Literal["csv", "ndjson"] = "csv"
