"""The send command `colomba.send_message.v1`: what another backend publishes to have a WhatsApp message sent.

`data` is Meta's own message object (`to` or `recipient`, `type`, the object named by `type`, `context`) plus our
fields. Decoding judges the
form alone: what Meta would refuse (a text too long, four buttons) is judged by the sender and recorded as a failed
message.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Final, Literal, TypeVar

import orjson
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, Strict, ValidationError

from shared.contracts.errors import ContractViolation
from shared.contracts.json_bounds import MAX_BODY, refuse_what_postgres_cannot_hold
from shared.contracts.traceparent import sound

TYPE: Final = "colomba.send_message.v1"
MARK_READ: Final = "mark_read"
KNOWN_TYPES: Final = frozenset({
    "text", "image", "video", "audio", "document", "sticker", "location", "contacts", "reaction", "interactive",
    "template", MARK_READ,
})  # fmt: skip
MAX_METADATA: Final = 8192

Lane = Literal["priority", "bulk"]
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage:
    """One command, decoded. `content` is the object named by `type`; `body_hash` tells a repeated command from a
    reused id.
    """

    source: str
    id: str
    time: datetime | None
    phone_number_id: str
    type: str
    content: Any
    to: str | None = None
    recipient: str | None = None
    recipient_type: str = "individual"
    recipient_identity_key_hash: str | None = None
    context_message_id: str | None = None
    lead_id: int | None = None
    send_at: datetime | None = None
    expires_at: datetime | None = None
    on_unknown: Literal["hold", "resend"] = "hold"
    campaign_id: int | None = None
    metadata: dict[str, Any] | None = None
    allow_unknown_type: bool = False
    lane: Lane = "priority"
    body_hash: bytes = b""
    traceparent: str | None = None


def _only_text(value: object) -> object:
    """Numbers would be taken for seconds since 1970: the contract knows RFC 3339 text alone."""
    if value is not None and not isinstance(value, str):
        raise ValueError("must be an RFC 3339 date and time with offset")
    return value


Moment = Annotated[AwareDatetime, Strict(strict=False), BeforeValidator(_only_text)]
Name = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00]*$")]
RowId = Annotated[int, Field(ge=1, lt=2**63)]


class _Envelope(BaseModel):
    """CloudEvents 1.0; unknown attributes are extensions and pass."""

    model_config = ConfigDict(strict=True, extra="ignore")

    specversion: Literal["1.0"]
    type: Literal["colomba.send_message.v1"]
    id: Name
    source: Name
    time: Moment | None = None
    datacontenttype: Annotated[str, Field(pattern=r"^application/json\b")] | None = None
    traceparent: Any = None
    data: dict[str, Any]


class _Context(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    message_id: Annotated[str, Field(min_length=1, max_length=512)]


class _Data(BaseModel):
    """Everything of `data` but the object named by `type`."""

    model_config = ConfigDict(strict=True, extra="forbid")

    phone_number_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    messaging_product: Literal["whatsapp"] = "whatsapp"
    recipient_type: Literal["individual", "group"] = "individual"
    to: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    recipient: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    recipient_identity_key_hash: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    context: _Context | None = None
    biz_opaque_callback_data: Annotated[str, Field(max_length=512)] | None = None
    lead_id: RowId | None = None
    send_at: Moment | None = None
    expires_at: Moment | None = None
    on_unknown: Literal["hold", "resend"] = "hold"
    campaign_id: RowId | None = None
    metadata: dict[str, Any] | None = None
    allow_unknown_type: bool = False


def decode(body: bytes, *, lane: Lane = "priority", traceparent: object = None) -> SendMessage:
    """Decode a structured CloudEvent from the bus; ContractViolation names the field.

    `traceparent` is the AMQP header, whatever stands there: a broken one costs the trace, never the message.
    """
    raw = _load(body)
    envelope = _validated(_Envelope, raw, prefix="")
    return from_data(
        envelope.data,
        source=envelope.source,
        id=envelope.id,
        time=envelope.time,
        lane=lane,
        traceparent=sound(envelope.traceparent) or sound(traceparent),
    )


def from_data(
    data: dict[str, Any],
    *,
    source: str,
    id: str,  # noqa: A002 - the name CloudEvents gives it
    time: datetime | None = None,
    lane: Lane = "priority",
    traceparent: str | None = None,
) -> SendMessage:
    """The same command from its `data` alone, as REST, campaigns and schedules have it."""
    body_hash = _hash(data)
    fields = _in_our_form(data)
    kind = fields.get("type")
    content = fields.pop(kind, None) if isinstance(kind, str) and kind not in _Data.model_fields else None
    checked = _validated(_Data, fields, prefix="data.")
    _check_content(checked, content)
    _check_addressee(checked)
    _check_times(checked)
    return SendMessage(
        source=source,
        id=id,
        time=time,
        phone_number_id=checked.phone_number_id,
        type=checked.type,
        content=content,
        to=checked.to,
        recipient=checked.recipient,
        recipient_type=checked.recipient_type,
        recipient_identity_key_hash=checked.recipient_identity_key_hash,
        context_message_id=checked.context.message_id if checked.context else None,
        lead_id=checked.lead_id,
        send_at=checked.send_at,
        expires_at=checked.expires_at,
        on_unknown=checked.on_unknown,
        campaign_id=checked.campaign_id,
        metadata=_metadata(checked),
        allow_unknown_type=checked.allow_unknown_type,
        lane=lane,
        body_hash=body_hash,
        traceparent=traceparent,
    )


def _load(body: bytes) -> Any:
    if len(body) > MAX_BODY:
        raise ContractViolation("body", f"at most {MAX_BODY} bytes, was {len(body)}")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ContractViolation("body", f"is not JSON: {error.msg} at byte {error.pos}") from None


def _in_our_form(data: dict[str, Any]) -> dict[str, Any]:
    """A copy of `data`; Meta's own mark-as-read form (`status: read`, no `type`) becomes type `mark_read`."""
    fields = dict(data)
    if "type" in fields or fields.get("status") != "read":
        return fields
    fields["type"] = MARK_READ
    del fields["status"]
    fields[MARK_READ] = {key: fields.pop(key) for key in ("message_id", "typing_indicator") if key in fields}
    return fields


def _hash(data: dict[str, Any]) -> bytes:
    """Of `data` with sorted keys: neither their order nor white space nor the event's time makes it another command."""
    try:
        written = orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise ContractViolation("data", f"cannot be written as JSON: {error}") from None
    refuse_what_postgres_cannot_hold(data, written)
    return sha256(written).digest()


def _check_content(data: _Data, content: Any) -> None:
    field = f"data.{data.type}"
    if data.type not in KNOWN_TYPES and not data.allow_unknown_type:
        raise ContractViolation("data.type", "is not a type we know; set allow_unknown_type to pass it on as it is")
    if content is None:
        raise ContractViolation(field, "is missing: type names it")
    form = list if data.type == "contacts" else dict
    if data.type in KNOWN_TYPES and not isinstance(content, form):
        raise ContractViolation(field, f"must be {'an array' if form is list else 'an object'}")


def _check_addressee(data: _Data) -> None:
    if data.type != MARK_READ and not data.to and not data.recipient:
        raise ContractViolation("data.to", "is missing: a message needs to or recipient")


def _check_times(data: _Data) -> None:
    if data.send_at and data.expires_at and data.expires_at <= data.send_at:
        raise ContractViolation("data.expires_at", "must be later than send_at")


def _metadata(data: _Data) -> dict[str, Any] | None:
    """The caller's metadata; its own callback data moves here, because ours carries the attempt id."""
    metadata = data.metadata
    if data.biz_opaque_callback_data is not None:
        metadata = {**(metadata or {}), "biz_opaque_callback_data": data.biz_opaque_callback_data}
    if metadata and (size := len(orjson.dumps(metadata))) > MAX_METADATA:
        raise ContractViolation("data.metadata", f"at most {MAX_METADATA} bytes, was {size}")
    return metadata


def _validated(model: type[_Model], raw: Any, *, prefix: str) -> _Model:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = prefix + ".".join(str(part) for part in first["loc"])
        raise ContractViolation(field.rstrip(".") or "body", _sentence(first)) from None


def _sentence(error: Any) -> str:
    """Never with the value itself: it may be a phone number or a text."""
    match error["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not a field of this contract"
        case "string_too_long":
            return f"at most {error['ctx']['max_length']} characters, was {len(error['input'])}"
        case "string_too_short":
            return f"at least {error['ctx']['min_length']} characters, was {len(error['input'])}"
        case _:
            return str(error["msg"])
