"""The raw webhook: Meta's bytes untouched, and in the headers what the ingress knows about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from shared.contracts.errors import ContractViolation
from shared.contracts.traceparent import sound
from shared.messaging.delivery import Delivery

CONTENT_TYPE = "application/json"
ROUTING_KEY = "webhook"


@dataclass(frozen=True, slots=True)
class RawWebhook:
    """A verified webhook: `app` is the path it came by ("" for the only app), `sha256` the hex digest of its body."""

    received_at: datetime
    app: str
    sha256: str
    traceparent: str | None
    body: bytes
    message_id: str | None = None

    def headers(self) -> dict[str, str]:
        """Give the headers that travel beside the body."""
        headers = {"received_at": self.received_at.isoformat(), "app": self.app, "sha256": self.sha256}
        if self.traceparent is not None:
            headers["traceparent"] = self.traceparent
        return headers

    @classmethod
    def from_delivery(cls, delivery: Delivery) -> RawWebhook:
        """Read a raw webhook from the queue; raises `ContractViolation` naming the header."""
        return cls(
            received_at=_time(delivery.headers.get("received_at")),
            app=_text(delivery, "app"),
            sha256=_text(delivery, "sha256"),
            traceparent=sound(delivery.headers.get("traceparent")),
            body=delivery.body,
            message_id=delivery.message_id,
        )


def routing_key(app: str) -> str:
    """Give the key under which a webhook of that app is published."""
    return f"{ROUTING_KEY}.{app}" if app else ROUTING_KEY


def _time(value: object) -> datetime:
    try:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise ContractViolation("received_at", "is no time") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _text(delivery: Delivery, name: str) -> str:
    value = delivery.headers.get(name)
    if not isinstance(value, str):
        raise ContractViolation(name, "is missing or no text")
    return value
