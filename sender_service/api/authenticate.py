"""Who is calling: the bearer key of a request. Wrong keys are slowed down by the address they come from."""

from collections import OrderedDict
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

from aiohttp import web

from sender_service.access import Actor, BearerKey, Role, parse_key
from sender_service.api.limits import Buckets
from sender_service.api.problems import Problem
from sender_service.runtime import Runtime
from sender_service.store import api_keys
from sender_service.store.database import acquired

_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="colomba"'}
_TOO_OFTEN: Final = "too many wrong keys came from this address"
ADDRESSES: Final = 10_000
REMEMBERED: Final = 10_000


class Strangers:
    """Failed authentications by client address: past the limit the database is not even asked.

    A key that was good lately passes all the same: many clients share the address of a proxy, and none of them is
    locked out by another one's mistakes.
    """

    def __init__(self, per_minute: float) -> None:
        self._failures = Buckets(rate=per_minute / 60, burst=max(1.0, per_minute), most=ADDRESSES)
        self._good: OrderedDict[bytes, None] = OrderedDict()

    def refuse(self, address: str, key: BearerKey | None) -> None:
        """Raise 429 with Retry-After for an address that failed too often."""
        if key is None or key.hash not in self._good:
            self._failures.refuse(address, _TOO_OFTEN)

    def failed(self, address: str, key: BearerKey | None) -> None:
        self._failures.spend(address)
        if key is not None:
            self._good.pop(key.hash, None)

    def opened(self, key: BearerKey) -> None:
        self._good[key.hash] = None
        self._good.move_to_end(key.hash)
        if len(self._good) > REMEMBERED:
            self._good.popitem(last=False)


STRANGERS: Final = web.AppKey("strangers", Strangers)


async def authenticate(runtime: Runtime, request: web.Request) -> Actor:
    """The actor of a request; 401 without a living key, 403 when another organization is named."""
    strangers, address = request.app[STRANGERS], address_of(request.remote)
    key = _given(request.headers.get("Authorization", ""))
    strangers.refuse(address, key)
    row = await _open(runtime, key) if key is not None else None
    if key is None or row is None:
        strangers.failed(address, key)
        raise Problem("UNAUTHORIZED", headers=_CHALLENGE)
    strangers.opened(key)
    actor = Actor(row["organization_id"], Role[row["role"]], f"key:{row['id']}", key_id=row["id"])
    named = request.headers.get("X-Organization-Id")
    if named is not None and named.strip() != str(actor.organization_id):
        raise Problem("ORGANIZATION_MISMATCH")
    return actor


def address_of(remote: str | None) -> str:
    """What counts as one client: an IPv4 address, or the /64 that a single IPv6 customer has to choose from."""
    try:
        address = ip_address(remote or "")
    except ValueError:
        return remote or ""
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> 64 << 64))


def _given(header: str) -> BearerKey | None:
    scheme, _, text = header.partition(" ")
    return parse_key(text.strip()) if scheme.lower() == "bearer" else None


async def _open(runtime: Runtime, key: BearerKey) -> Mapping[str, Any] | None:
    """The stored key that this one opens. Unknown, wrong, expired and revoked look the same from outside."""
    async with acquired(runtime.pool) as conn:
        row = await api_keys.find(conn, key.prefix)
        if row is None or not key.opens(row["hash"]) or row["expired"] or row["revoked"]:
            return None
        if row["stale"]:
            await api_keys.touch(conn, row["organization_id"], row["id"])
    return dict(row)
