"""Files: uploaded, given to Meta, read back safely."""

import io
import os

import pytest

from sender_service.store.database import acquired
from tests.acceptance.api.conftest import NUMBER, Api

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 1000


@pytest.fixture
async def ready(api: Api) -> Api:
    (await api.post(f"/numbers/{NUMBER}/token", {"token": "EAA-token"})).ok()
    return api


async def upload(api: Api, body: bytes, kind: str, query: str = ""):
    return await api.call("POST", f"/media{query}", data=io.BytesIO(body), headers={"Content-Type": kind})


async def test_a_file_is_kept_given_to_meta_and_sent(ready: Api):
    kept = (await upload(ready.as_("SELLER"), PNG, "image/png", "?filename=men%C3%B9.png")).ok(201)
    assert (kept["type"], kept["size"]) == ("image", len(PNG))
    message = {"to": "+393331234567", "type": "image", "image": {"id": kept["meta_id"], "caption": "The menu"}}
    (await ready.post("/messages", message)).ok(202)
    answer = await ready.get(f"/media/{kept['id']}")
    assert (answer.status, answer.body, answer.content_type) == (200, PNG, "image/png")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''men%C3%B9.png"
    (await ready.as_("OTHER").get(f"/media/{kept['id']}")).refused(404, "NOT_FOUND")


async def test_a_large_file_passes_and_is_the_same_afterwards(ready: Api):
    body = os.urandom(9_000_000)
    kept = (await upload(ready, body, "application/pdf")).ok(201)
    assert (await ready.get(f"/media/{kept['id']}")).body == body


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (PNG, "text/html", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"", "image/png", 422, "VALIDATION_FAILED"),
        (b"x" * (5 * 1024 * 1024 + 1), "image/png", 413, "PAYLOAD_TOO_LARGE"),
    ],
)
async def test_what_meta_would_not_take_is_not_kept(ready: Api, *, body, kind, status, code):
    (await upload(ready, body, kind)).refused(status, code)
    async with acquired(ready.pool) as conn:
        assert await conn.fetchval("select count(*) from media_files") == 0


@pytest.mark.parametrize("name", ["../etc/passwd", "a%00b", "a%0d%0aX-Evil:1"])
async def test_a_name_that_is_more_than_a_name_is_refused(ready: Api, name):
    (await upload(ready, PNG, "image/png", f"?filename={name}")).refused(422, "VALIDATION_FAILED")
