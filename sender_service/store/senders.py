"""Numbers as the sending story sees them: whose they are, what they may do now, and what stops them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sender_service.store.database import Connection, queries

_SQL = queries("senders")


class Sender(NamedTuple):
    """What accepting needs; none of it changes while a number is registered."""

    id: str
    organization_id: int
    business_account_id: str
    digits: str
    country: str | None


class Template(NamedTuple):
    """A stored template; `disabled` is our own DISABLED, `version` changes with its row."""

    organization_id: int
    id: int
    version: str
    name: str
    language: str
    status: str
    category: str | None
    parameter_format: str
    components: list[dict[str, Any]]
    disabled: bool


class State(NamedTuple):
    """What dispatch needs. `held` and `lease_left` are seconds from now, `token` is encrypted."""

    id: str
    organization_id: int
    business_account_id: str
    throughput: int
    cap_per_second: int | None
    cap_per_hour: int | None
    cap_per_day: int | None
    held: float
    paused: bool
    token: bytes | None
    token_set_at: datetime | None
    owner: str | None
    epoch: int | None
    lease_left: float
    used_hour: int
    used_day: int


class Usage(NamedTuple):
    """Messages of this hour and of this day, both in UTC."""

    hour: int
    day: int


class Capped(NamedTuple):
    """Of a number with a cap of its own per hour or per day; `used` of `cap` in that window."""

    id: str
    window: str
    used: int
    cap: int


class Paused(NamedTuple):
    id: str
    organization_id: int


class Stopped(NamedTuple):
    """A template that was stopped just now."""

    id: int
    name: str
    language: str


async def find(conn: Connection, ids: Sequence[str]) -> dict[str, Sender]:
    return {row["id"]: Sender(*row) for row in await conn.fetch(_SQL.find, ids)}


async def templates(conn: Connection, keys: Sequence[tuple[int, int]]) -> list[Template]:
    """`keys` are (organization, template)."""
    return [Template(*row) for row in await conn.fetch(_SQL.templates, *zip(*keys, strict=True))]


async def states(conn: Connection) -> list[State]:
    """All numbers of the installation."""
    return [State(*row) for row in await conn.fetch(_SQL.states)]


async def hold(conn: Connection, number: str, seconds: float, *, whole_account: bool) -> list[str]:
    """The numbers that wait now."""
    return [row["id"] for row in await conn.fetch(_SQL.hold, number, seconds, whole_account)]


async def pause_number(conn: Connection, number: str, reason: str) -> list[Paused]:
    return [Paused(*row) for row in await conn.fetch(_SQL.pause_number, number, reason)]


async def pause_credential(conn: Connection, number: str, reason: str, token_set_at: datetime | None) -> list[Paused]:
    """Empty also when the token has been replaced since `token_set_at`."""
    return [Paused(*row) for row in await conn.fetch(_SQL.pause_credential, number, reason, token_set_at)]


async def pause_account(conn: Connection, number: str, reason: str) -> list[Paused]:
    """Every number of the account, when it was not paused before."""
    return [Paused(*row) for row in await conn.fetch(_SQL.pause_account, number, reason)]


async def resume(conn: Connection, organization_id: int, number: str, *, account_too: bool = True) -> bool:
    """Whether there is such a number."""
    return await conn.fetchval(_SQL.resume, organization_id, number, account_too) is not None


async def pause_template(conn: Connection, organization_id: int, template_id: int, reason: str) -> Stopped | None:
    """None when it was stopped before."""
    row = await conn.fetchrow(_SQL.pause_template, organization_id, template_id, reason)
    return Stopped(*row) if row else None


async def usage(conn: Connection, organization_id: int, number: str) -> Usage:
    [row] = await conn.fetch(_SQL.usage, organization_id, number)
    return Usage(*row)


async def capped(conn: Connection) -> list[Capped]:
    """All numbers of the installation that have such caps."""
    return [Capped(*row) for row in await conn.fetch(_SQL.capped)]


async def forget_usage(conn: Connection) -> None:
    await conn.execute(_SQL.forget_usage)
