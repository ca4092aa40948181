"""Pictures that customers send while the disk for them is full: each must lie there whole once there is room again."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg

from deploy.chaos.arena import Arena

BYTES = 200_000
_KEPT = """
select log.external_id, file.path, file.sha256
from colomba.media_files file
join colomba.message_log log on log.organization_id = file.organization_id and log.id = file.message_id
where file.direction = 'inbound' and file.status = 'stored'
"""
_PATHS = "select path from colomba.media_files where path is not null"


def sent(arena: Arena, count: int) -> None:
    """Customers send pictures through Meta; what was answered 200 is noted in `arena.pictures`."""
    messages = [_picture(arena) for _ in range(count)]
    answer = arena.ask("inbound", {"messages": messages})
    for delivered in answer["delivered"]:
        arena.pictures += delivered["ids"]


def _picture(arena: Arena) -> Mapping[str, Any]:
    tenant, content = arena.stand.tenant, arena.random.randbytes(BYTES)
    return {
        "phone_number_id": arena.random.choice(tenant.numbers),
        "from": arena.random.choice(tenant.customers),
        "type": "image",
        "image": {"mime_type": "image/png", "content_base64": base64.b64encode(content).decode()},
    }


def kept(dsn: str, folder: Path) -> tuple[str, ...]:
    """Message ids whose picture is stored and whole."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(_KEPT).fetchall()
    return tuple(wamid for wamid, path, digest in rows if _digest(folder / path) == bytes(digest))


def strays(dsn: str, folder: Path) -> int:
    """Files that no row knows: what a broken write left behind."""
    with psycopg.connect(dsn) as connection:
        known = {
            str(row[0]) for row in connection.execute("select path from colomba.media_files where path is not null")
        }
    return sum(1 for path in folder.rglob("*") if path.is_file() and str(path.relative_to(folder)) not in known)


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b""
