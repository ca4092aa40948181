"""Files that were uploaded to be sent, and any kept file for reading."""

from dataclasses import dataclass
from datetime import timedelta

from asyncpg import Record

from sender_service.store.database import Connection, queries

_SQL = queries("uploads")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that is kept here and known to Meta."""

    phone_number_id: str
    meta_id: str
    type: str
    mime_type: str
    sha256: bytes
    size: int
    filename: str
    path: str


async def insert_upload(conn: Connection, organization_id: int, upload: Upload) -> int:
    """The new row's id."""
    media_id: int = await conn.fetchval(
        _SQL.insert_upload,
        organization_id,
        upload.phone_number_id,
        upload.meta_id,
        upload.type,
        upload.mime_type,
        upload.sha256,
        upload.size,
        upload.filename,
        upload.path,
    )
    return media_id


async def known(
    conn: Connection, organization_id: int, phone_number_id: str, sha256: bytes, *, mime_type: str, left: timedelta
) -> Record | None:
    """The same content under the same kind, kept here and known to Meta for that long still."""
    return await conn.fetchrow(_SQL.known, organization_id, phone_number_id, sha256, mime_type, left)


async def get(conn: Connection, organization_id: int, media_id: int) -> Record | None:
    """One file of either direction."""
    return await conn.fetchrow(_SQL.get, organization_id, media_id)
