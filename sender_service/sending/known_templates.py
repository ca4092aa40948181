"""Stored templates as they were read last: one is read again when its row has changed since."""

from collections.abc import Sequence

from sender_service.sending.templates import StoredTemplate
from sender_service.store import senders
from sender_service.store.acceptance import Found
from sender_service.store.database import Connection

MOST = 5_000


class KnownTemplates:
    """Read one by one as commands name them; when there are more than `MOST`, all are forgotten."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[str, StoredTemplate]] = {}

    async def of(self, conn: Connection, found: Sequence[Found]) -> list[StoredTemplate | None]:
        """The template that each names, if it names one that is stored."""
        if len(self._known) > MOST:
            self._known.clear()
        changed = {_key(one) for one in found if one.template_id is not None and not self._is_known(one)}
        if changed:
            for row in await senders.templates(conn, sorted(changed)):
                self._known[row.organization_id, row.id] = (row.version, _stored(row))
        known = [self._known.get(_key(one)) for one in found]
        return [one[1] if one else None for one in known]

    def _is_known(self, one: Found) -> bool:
        known = self._known.get(_key(one))
        return known is not None and known[0] == one.template_version


def _key(one: Found) -> tuple[int, int]:
    return (one.organization_id, one.template_id or 0)


def _stored(row: senders.Template) -> StoredTemplate:
    return StoredTemplate(
        name=row.name,
        language=row.language,
        status=row.status,
        category=row.category,
        parameter_format=row.parameter_format,
        components=row.components,
        disabled=row.disabled,
    )
