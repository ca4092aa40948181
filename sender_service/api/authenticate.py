"""Who is calling: the bearer key of a request, and how often that key may call."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sender_service.access import Actor, Role, parse_key
from sender_service.api.problems import Problem
from sender_service.runtime import Runtime
from sender_service.store import api_keys
from sender_service.store.database import acquired

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="colomba"'}


async def authenticate(runtime: Runtime, request: web.Request) -> Actor:
    """The actor of a request; 401 without a living key, 403 when another organization is named."""
    row = await _open(runtime, request.headers.get("Authorization", ""))
    actor = Actor(row["organization_id"], Role[row["role"]], f"key:{row['id']}", key_id=row["id"])
    named = request.headers.get("X-Organization-Id")
    if named is not None and named.strip() != str(actor.organization_id):
        raise Problem("ORGANIZATION_MISMATCH")
    return actor


async def _open(runtime: Runtime, header: str) -> Mapping[str, Any]:
    """The stored key that the header opens. Unknown, wrong, expired and revoked look the same from outside."""
    scheme, _, text = header.partition(" ")
    key = parse_key(text.strip()) if scheme.lower() == "bearer" else None
    if key is None:
        raise Problem("UNAUTHORIZED", headers=_CHALLENGE)
    async with acquired(runtime.pool) as conn:
        row = await api_keys.find(conn, key.prefix)
        if row is None or not key.opens(row["hash"]) or row["expired"] or row["revoked"]:
            raise Problem("UNAUTHORIZED", headers=_CHALLENGE)
        if row["stale"]:
            await api_keys.touch(conn, row["organization_id"], row["id"])
    return dict(row)


@dataclass(slots=True)
class RateLimit:
    """A token bucket per key, in this process: `rate` requests per second with a burst of twice that."""

    rate: float
    buckets: dict[int, tuple[float, float]] = field(default_factory=dict)

    def take(self, key_id: int) -> None:
        """Raise 429 with Retry-After when the bucket of this key is empty."""
        now = time.monotonic()
        burst = self.rate * 2
        tokens, since = self.buckets.get(key_id, (burst, now))
        tokens = min(burst, tokens + (now - since) * self.rate)
        if tokens < 1:
            self.buckets[key_id] = (tokens, now)
            wait = math.ceil((1 - tokens) / self.rate)
            raise Problem("RATE_LIMITED", headers={"Retry-After": str(max(1, wait))})
        self.buckets[key_id] = (tokens - 1, now)
