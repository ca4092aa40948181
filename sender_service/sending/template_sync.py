"""What a synchronization changes in our copy of Meta's templates. Our own DISABLED is not among it: only a person
lifts it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sender_service.cloud_api.templates import RemoteTemplate

GONE: Final = "DELETED"

Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTemplate:
    """A row of our copy, as far as a synchronization looks at it."""

    id: int
    meta_id: str | None
    name: str
    language: str
    status: str
    category: str | None = None
    parameter_format: str = "POSITIONAL"
    components: Sequence[Mapping[str, Any]] = ()
    quality: str | None = None
    rejected_reason: str | None = None


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A status that is another than before, for the event `template.status_changed`; `before` is None for a new one."""

    name: str
    language: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """`upserts` are new or different at Meta; `gone` are ids of rows Meta no longer lists."""

    upserts: Sequence[RemoteTemplate]
    gone: Sequence[int]
    changes: Sequence[StatusChange]


def plan(local: Iterable[LocalTemplate], remote: Iterable[RemoteTemplate]) -> SyncPlan:
    """Compare by name and language: an id changes when a template is deleted and made again."""
    known: dict[Key, LocalTemplate] = {(row.name, row.language): row for row in local}
    listed: dict[Key, RemoteTemplate] = {(one.name, one.language): one for one in remote}
    upserts = [one for key, one in sorted(listed.items()) if not _same(known.get(key), one)]
    gone = [row for key, row in sorted(known.items()) if key not in listed and row.status != GONE]
    changes = [_change(known.get((one.name, one.language)), one) for one in upserts]
    ends = [StatusChange(row.name, row.language, row.status, GONE) for row in gone]
    return SyncPlan(
        upserts, [row.id for row in gone], [each for each in (*changes, *ends) if each.before != each.after]
    )


def _same(row: LocalTemplate | None, one: RemoteTemplate) -> bool:
    if row is None:
        return False
    names = ("meta_id", "status", "category", "parameter_format", "quality", "rejected_reason")
    return all(getattr(row, name) == getattr(one, name) for name in names) and list(row.components) == list(
        one.components
    )


def _change(row: LocalTemplate | None, one: RemoteTemplate) -> StatusChange:
    return StatusChange(one.name, one.language, row.status if row else None, one.status)
