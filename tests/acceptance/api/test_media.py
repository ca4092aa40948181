"""Files: uploaded, given to Meta, read back safely."""

import asyncio
import io
import os
from pathlib import Path

import pytest
from yarl import URL

from sender_service.store import uploads
from sender_service.store.database import acquired
from shared.messaging.errors import NeighbourAway
from tests.acceptance.api.conftest import NUMBER, Api
from tests.waiting import until

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


def files(api: Api) -> list[Path]:
    """Whatever lies where media are kept, temporary or not."""
    return [found for found in Path(api.runtime.settings.media_url.removeprefix("file:")).rglob("*") if found.is_file()]


async def nothing_is_left(api: Api) -> None:
    await until(lambda: not files(api))
    async with acquired(api.pool) as conn:
        assert await conn.fetchval("select count(*) from media_files") == 0


@pytest.mark.parametrize("framing", [b"Content-Length: 4000000", b"Transfer-Encoding: chunked"])
async def test_an_upload_that_breaks_off_leaves_nothing(ready: Api, framing):
    url = URL(ready.base)
    _reader, writer = await asyncio.open_connection(url.host, url.port)
    part = b"x" * 3_000_000
    body = part if b"Length" in framing else b"%x\r\n" % len(part) + part + b"\r\n"
    writer.write(
        b"POST /api/v1/media HTTP/1.1\r\nHost: x\r\nContent-Type: application/pdf\r\n" + framing
        + b"\r\nAuthorization: Bearer " + ready.keys["OWNER"].encode() + b"\r\n\r\n" + body
    )  # fmt: skip
    await writer.drain()
    await until(lambda: files(ready))
    writer.transport.abort()
    await nothing_is_left(ready)
    assert (await upload(ready, PNG, "image/png")).status == 201, "the service goes on"


async def test_an_upload_that_stands_still_is_given_up(ready: Api, monkeypatch):
    monkeypatch.setattr("sender_service.api.handlers.media.BODY_SECONDS", 0.3)

    async def body():
        yield b"x" * 100_000
        await asyncio.Event().wait()

    answered = await ready.call("POST", "/media", data=body(), headers={"Content-Type": "application/pdf"})
    answered.refused(400, "BAD_REQUEST")
    await nothing_is_left(ready)


@pytest.mark.parametrize(("body", "kind"), [(b"", "image/png"), (b"x" * (5 * 1024 * 1024 + 1), "image/png")])
async def test_a_refused_upload_leaves_nothing(ready: Api, body, kind):
    assert (await upload(ready, body, kind)).status in {413, 422}
    await nothing_is_left(ready)


async def test_a_file_that_meta_does_not_take_leaves_nothing(ready: Api, simulator):
    async with ready.session.post(f"{simulator.url}/_sim/tokens", json={"expired": ["EAA-token"]}) as response:
        assert response.status == 200
    (await upload(ready, PNG, "image/png")).refused(422, "UPSTREAM_REFUSED")
    await nothing_is_left(ready)


async def test_a_file_whose_row_cannot_be_written_leaves_nothing(ready: Api, monkeypatch):
    async def away(*_: object) -> int:
        raise NeighbourAway("postgres", "gone")

    monkeypatch.setattr(uploads, "insert_upload", away)
    (await upload(ready, PNG, "image/png")).refused(503, "SERVICE_UNAVAILABLE")
    await nothing_is_left(ready)
