"""CloudEvents 1.0 in structured JSON, single and batched, the envelope of commands and events.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Protocol

import orjson
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from shared.contracts.errors import ContractViolation

CONTENT_TYPE = "application/cloudevents+json"
BATCH_CONTENT_TYPE = "application/cloudevents-batch+json"
MAX_ID_LENGTH = 256

_Short = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID_LENGTH, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Attributes(Protocol):
    """Whatever can be written as an event."""

    @property
    def id(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def time(self) -> datetime: ...
    @property
    def data(self) -> Mapping[str, Any]: ...
    @property
    def subject(self) -> str | None: ...
    @property
    def traceparent(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """One event or command: who made it, its key, its kind, when, and what it says."""

    id: str
    source: str
    type: str
    time: datetime
    data: Mapping[str, Any]
    subject: str | None = None
    traceparent: str | None = None


class _Envelope(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")

    specversion: Literal["1.0"]
    id: _Short
    source: _Short
    type: _Short
    time: datetime
    data: dict[str, Any]
    datacontenttype: Literal["application/json"] | None = None
    subject: _Short | None = None
    traceparent: Annotated[str, StringConstraints(max_length=MAX_ID_LENGTH)] | None = None


_BATCH = TypeAdapter(list[_Envelope])


def encode(event: CloudEvent) -> bytes:
    """Write one event as JSON."""
    return orjson.dumps(as_dict(event))


def encode_batch(events: Iterable[CloudEvent]) -> bytes:
    """Write events as one JSON array."""
    return orjson.dumps([as_dict(event) for event in events])


def decode(body: bytes) -> CloudEvent:
    """Read one event; raises `ContractViolation` naming the attribute."""
    try:
        return _event(_Envelope.model_validate_json(body))
    except ValidationError as error:
        raise violation(error) from None


def decode_batch(body: bytes) -> list[CloudEvent]:
    """Read a JSON array of events; raises `ContractViolation` naming the place."""
    try:
        return [_event(envelope) for envelope in _BATCH.validate_json(body)]
    except ValidationError as error:
        raise violation(error) from None


def as_dict(event: Attributes) -> dict[str, Any]:
    """Give the event as the JSON object that travels."""
    written: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": event.time,
        "datacontenttype": "application/json",
        "data": event.data,
    }
    if event.subject is not None:
        written["subject"] = event.subject
    if event.traceparent is not None:
        written["traceparent"] = event.traceparent
    return written


def violation(error: ValidationError) -> ContractViolation:
    """Turn pydantic's first complaint into ours, without the value it complains about."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    return ContractViolation(field, first["msg"])


def _event(envelope: _Envelope) -> CloudEvent:
    time = envelope.time if envelope.time.tzinfo else envelope.time.replace(tzinfo=UTC)
    return CloudEvent(
        id=envelope.id,
        source=envelope.source,
        type=envelope.type,
        time=time,
        data=envelope.data,
        subject=envelope.subject,
        traceparent=envelope.traceparent,
    )
