"""The Idempotency-Key of a request: the same with the same body is the same deed, with another body a conflict."""

import re
from hashlib import sha256
from typing import Any
from uuid import uuid4

import orjson
from aiohttp import web
from pydantic import BaseModel

from sender_service.api.problems import Problem, invalid
from sender_service.store import command_keys
from sender_service.store.command_keys import Key
from sender_service.store.database import Connection

_KEY = re.compile(r"[\x21-\x7e]{1,200}")


def idempotency_key(request: web.Request) -> str:
    """The key the caller gave, visible ASCII of at most 200 characters; else one made now."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return str(uuid4())
    if not _KEY.fullmatch(key):
        raise invalid("Idempotency-Key", "must be 1 to 200 visible ASCII characters")
    return key


def body_hash(body: BaseModel, **beside: Any) -> bytes:
    """What tells one request from another: what was given in the body, and what stood beside it."""
    given = body.model_dump(mode="json", exclude_unset=True) | beside
    return sha256(orjson.dumps(given, option=orjson.OPT_SORT_KEYS)).digest()


async def earlier(conn: Connection, key: Key, hashed: bytes) -> Any:
    """The answer of an earlier request with this key and body; None when there was none, or it has no answer."""
    found = await command_keys.request(conn, key)
    if found is None:
        return None
    if bytes(found["body_hash"]) != hashed:
        raise Problem("IDEMPOTENCY_CONFLICT")
    return found["answer"]


async def claim(conn: Connection, key: Key, hashed: bytes) -> bool:
    """Whether this request is the first with its key; 409 when the first had another body."""
    if await command_keys.claim_request(conn, key, hashed):
        return True
    await earlier(conn, key, hashed)
    return False
