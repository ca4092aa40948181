"""One message as a handler sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message taken from a queue; `delivery_count` is how many times it was delivered before."""

    body: bytes
    message_id: str | None = None
    exchange: str = ""
    routing_key: str = ""
    headers: Mapping[str, Any] = field(default_factory=dict)
    content_type: str | None = None
    redelivered: bool = False
    delivery_count: int = 0
    queue: str = ""
