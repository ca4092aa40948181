"""A file is given to Meta once for as long as its id lives."""

import io
from datetime import timedelta

import pytest

from sender_service.store.database import acquired
from tests.acceptance.api.conftest import NUMBER, Api

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 1000


@pytest.fixture
async def ready(api: Api) -> Api:
    (await api.post(f"/numbers/{NUMBER}/token", {"token": "EAA-token"})).ok()
    return api


async def upload(api: Api, body: bytes = PNG, kind: str = "image/png"):
    return (await api.call("POST", "/media", data=io.BytesIO(body), headers={"Content-Type": kind})).ok(201)


async def ends_in(api: Api, left: timedelta) -> None:
    async with acquired(api.pool) as conn:
        await conn.execute("update media_files set meta_id_expires_at = now() + $1::interval", left)


async def test_known_content_is_not_given_twice(ready: Api):
    first = await upload(ready)
    assert await upload(ready) == first
    assert (await upload(ready, PNG + b"x"))["meta_id"] != first["meta_id"]
    assert (await upload(ready, kind="application/pdf"))["meta_id"] != first["meta_id"]
    assert (await ready.get(f"/media/{first['id']}")).body == PNG


@pytest.mark.parametrize(("minutes", "again"), [(1, True), (-1, False)])
async def test_an_id_that_ends_within_a_week_is_not_given_out(ready: Api, minutes, again):
    first = await upload(ready)
    await ends_in(ready, timedelta(days=7, minutes=minutes))
    assert ((await upload(ready))["meta_id"] == first["meta_id"]) is again
