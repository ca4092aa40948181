"""Templates as Meta has them, with our own DISABLED beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from asyncpg import Record

from sender_service.store.database import Connection, queries

_SQL = queries("templates")


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFilters:
    """What the list is narrowed by; None means all. `status` is the effective one."""

    name: str | None = None
    language: str | None = None
    status: str | None = None
    category: str | None = None

    def arguments(self) -> tuple[object, ...]:
        return (self.name, self.language, self.status, self.category)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One template as Meta told it."""

    meta_id: str
    name: str
    language: str
    category: str | None
    parameter_format: str
    status: str
    quality: str | None
    components: Sequence[Any]
    rejected_reason: str | None


async def page(
    conn: Connection, organization_id: int, filters: TemplateFilters, *, before: int | None, limit: int, offset: int = 0
) -> list[Record]:
    """Up to `limit` + 1 templates, newest first."""
    return await conn.fetch(_SQL.page, organization_id, before, *filters.arguments(), limit, offset)


async def count(conn: Connection, organization_id: int, filters: TemplateFilters) -> int:
    """At most 10,001."""
    number: int = await conn.fetchval(_SQL.count, organization_id, *filters.arguments())
    return number


async def get(conn: Connection, organization_id: int, template_id: int) -> Record | None:
    """One template."""
    return await conn.fetchrow(_SQL.get, organization_id, template_id)


async def named(conn: Connection, organization_id: int, name: str) -> list[Record]:
    """Every language of a name."""
    return await conn.fetch(_SQL.named, organization_id, name)


async def of_account(conn: Connection, organization_id: int, account_id: str) -> list[Record]:
    """What is known of an account's templates."""
    return await conn.fetch(_SQL.of_account, organization_id, account_id)


async def keep(conn: Connection, organization_id: int, account_id: str, templates: Sequence[Kept]) -> list[Record]:
    """Store what Meta says; the stored rows."""
    columns: dict[str, list[Any]] = {
        name: [getattr(template, name) for template in templates]
        for name in (
            "meta_id",
            "name",
            "language",
            "category",
            "parameter_format",
            "status",
            "quality",
            "components",
            "rejected_reason",
        )
    }
    # A list in a list of jsonb would be taken for a second dimension of the array.
    columns["components"] = [orjson.Fragment(orjson.dumps(list(parts))) for parts in columns["components"]]
    return await conn.fetch(_SQL.keep, organization_id, account_id, *columns.values())


async def gone(conn: Connection, organization_id: int, account_id: str, before: datetime) -> list[Record]:
    """Mark those as deleted that no sync since `before` has seen."""
    return await conn.fetch(_SQL.gone, organization_id, account_id, before)


async def disable(conn: Connection, organization_id: int, template_id: int, *, disabled: bool) -> bool:
    """Set or lift our own DISABLED; False when there is no such template."""
    return await conn.fetchval(_SQL.disable, organization_id, template_id, disabled) is not None


async def edited(
    conn: Connection, organization_id: int, template_id: int, *, components: Sequence[Any] | None, category: str | None
) -> None:
    """Remember what was changed at Meta."""
    kept = None if components is None else list(components)
    await conn.fetchval(_SQL.edited, organization_id, template_id, kept, category)


async def moment(conn: Connection) -> datetime:
    """When this transaction began."""
    began: datetime = await conn.fetchval(_SQL.moment)
    return began
