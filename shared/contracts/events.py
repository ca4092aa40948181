"""The domain events that other backends bind to, and how each travels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shared.contracts import cloudevents
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.errors import ContractViolation

MESSAGE_RECEIVED: Final = "message.received"
MESSAGE_QUEUED: Final = "message.queued"
MESSAGE_SENT: Final = "message.sent"
MESSAGE_DELIVERED: Final = "message.delivered"
MESSAGE_READ: Final = "message.read"
MESSAGE_FAILED: Final = "message.failed"
MESSAGE_EXPIRED: Final = "message.expired"
MESSAGE_UNKNOWN: Final = "message.unknown"
LEAD_CREATED: Final = "lead.created"
LEAD_LINKED: Final = "lead.linked"
CONVERSATION_ASSIGNED: Final = "conversation.assigned"
CONTACT_OPTED_OUT: Final = "contact.opted_out"
CONTACT_OPTED_IN: Final = "contact.opted_in"
TEMPLATE_STATUS_CHANGED: Final = "template.status_changed"
NUMBER_PAUSED: Final = "number.paused"
NUMBER_RESUMED: Final = "number.resumed"
NUMBER_QUALITY_CHANGED: Final = "number.quality_changed"
ACCOUNT_ALERT: Final = "account.alert"

NAMES: Final = frozenset(
    {
        MESSAGE_RECEIVED,
        MESSAGE_QUEUED,
        MESSAGE_SENT,
        MESSAGE_DELIVERED,
        MESSAGE_READ,
        MESSAGE_FAILED,
        MESSAGE_EXPIRED,
        MESSAGE_UNKNOWN,
        LEAD_CREATED,
        LEAD_LINKED,
        CONVERSATION_ASSIGNED,
        CONTACT_OPTED_OUT,
        CONTACT_OPTED_IN,
        TEMPLATE_STATUS_CHANGED,
        NUMBER_PAUSED,
        NUMBER_RESUMED,
        NUMBER_QUALITY_CHANGED,
        ACCOUNT_ALERT,
    }
)

_TYPE_PREFIX: Final = "colomba."
_TYPE_SUFFIX: Final = ".v1"
_SOURCE_PREFIX: Final = "/colomba/organizations/"


@dataclass(frozen=True, slots=True)
class DomainEvent:
    """Something that happened in one organization, told at least once under the same id.

    `key` is chosen by the story so that the same fact always has the same one, e.g. `<message id>.<attempt>`.
    """

    name: str
    organization_id: int
    key: str
    time: datetime
    data: Mapping[str, Any]
    traceparent: str | None = None

    @property
    def id(self) -> str:
        """The id by which a receiver recognises a repeat."""
        return f"{self.name}/{self.organization_id}/{self.key}"

    @property
    def routing_key(self) -> str:
        """The key other backends bind to."""
        return f"{self.name}.{self.organization_id}"

    @property
    def source(self) -> str:
        """Whose event it is, as CloudEvents names it."""
        return f"{_SOURCE_PREFIX}{self.organization_id}"

    @property
    def type(self) -> str:
        """What happened, as CloudEvents names it."""
        return f"{_TYPE_PREFIX}{self.name}{_TYPE_SUFFIX}"

    @property
    def subject(self) -> str:
        """What it happened to, as CloudEvents names it."""
        return self.key

    def to_cloudevent(self) -> CloudEvent:
        """Give the event in the envelope that travels."""
        return CloudEvent(
            id=self.id,
            source=self.source,
            type=self.type,
            time=self.time,
            data=self.data,
            subject=self.subject,
            traceparent=self.traceparent,
        )

    def as_dict(self) -> dict[str, Any]:
        """Give the JSON object that travels."""
        return cloudevents.as_dict(self)


def from_cloudevent(event: CloudEvent) -> DomainEvent:
    """Read a domain event back from its envelope; raises `ContractViolation` for anything else."""
    name = event.type.removeprefix(_TYPE_PREFIX).removesuffix(_TYPE_SUFFIX)
    if name not in NAMES or event.type != f"{_TYPE_PREFIX}{name}{_TYPE_SUFFIX}":
        raise ContractViolation("type", "is no domain event of this version")
    organization = event.source.removeprefix(_SOURCE_PREFIX)
    if not (event.source.startswith(_SOURCE_PREFIX) and organization.isascii() and organization.isdigit()):
        raise ContractViolation("source", "names no organization")
    if event.subject is None:
        raise ContractViolation("subject", "is missing")
    return DomainEvent(name, int(organization), event.subject, event.time, event.data, event.traceparent)
