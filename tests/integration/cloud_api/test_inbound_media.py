"""Files of customers' messages, from the webhook to the shelf, through the simulator."""

import hashlib
from base64 import b64encode

import pytest

from sender_service.inbound import media as job
from sender_service.inbound.media import MediaJob
from sender_service.media_store import MediaStore
from sender_service.store import media as store
from sender_service.store.database import acquired
from sender_service.vault import EnvironmentToken, Tokens, Vault
from shared.messaging.errors import NeighbourAway
from tests.webhook_builders import ACCOUNT, NUMBER, Inbound, payload, register, text_message, value

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 200_000


@pytest.fixture
async def inbound(pool):
    await register(pool)
    return Inbound(pool)


@pytest.fixture
def shelf(tmp_path):
    return MediaStore(f"file:{tmp_path}")


@pytest.fixture
def fetching(pool, graph, shelf):
    return MediaJob(pool, graph, Tokens(Vault.from_keys([]), EnvironmentToken(NUMBER, ACCOUNT, "token")), shelf)


async def arrived(inbound, media_id, content=PNG, mime_type="image/png", **more):
    """A message with a file has come."""
    image = {"id": media_id, "mime_type": mime_type, "sha256": b64encode(hashlib.sha256(content).digest()).decode()}
    item = text_message(type="image", image=image | more)
    await inbound.take(payload(value([item])))


async def read(shelf, path):
    return b"".join([chunk async for chunk in shelf.get(path)])


async def row(inbound):
    return await inbound.row("select * from media_files")


async def test_a_file_is_fetched_checked_and_kept_under_a_name_of_ours(inbound, meta, fetching, shelf):
    await arrived(inbound, meta.world.media.add(PNG, "image/png", NUMBER).id)
    assert await fetching.fetch_due() == 1
    assert await fetching.fetch_due() == 0

    kept = await row(inbound)
    assert (kept["status"], kept["size"], kept["sniffed_mime_type"], kept["error"]) == (
        "stored",
        len(PNG),
        "image/png",
        None,
    )
    assert kept["sha256"] == hashlib.sha256(PNG).digest()
    assert kept["path"].startswith(f"{kept['organization_id']}/")
    assert await read(shelf, kept["path"]) == PNG


async def test_an_expired_address_is_asked_for_again_and_tried_later(inbound, meta, fetching):
    media_id = meta.world.media.add(PNG, "image/png", NUMBER).id
    await arrived(inbound, media_id)
    meta.world.options.media_url_ttl_s = -1.0
    await fetching.fetch_due()

    kept = await inbound.row("select status, error, tries, due_at > now() as later from media_files")
    assert kept == {"status": "pending", "error": "HTTP 404", "tries": 1, "later": True}
    meta.world.options.media_url_ttl_s = 300.0
    await inbound.rows("update media_files set due_at = now()")
    await fetching.fetch_due()
    assert (await row(inbound))["status"] == "stored"


async def test_other_bytes_than_the_webhook_announced_are_refused_and_nothing_stays(inbound, meta, fetching, tmp_path):
    await arrived(inbound, meta.world.media.add(PNG, "image/png", NUMBER).id, content=b"something else")
    await fetching.fetch_due()

    kept = await row(inbound)
    assert (kept["status"], kept["error"]) == ("failed", "the bytes do not match the sha256 of the webhook")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


async def test_a_failed_download_can_be_repeated(inbound, meta, fetching):
    await arrived(inbound, meta.world.media.add(PNG, "image/png", NUMBER).id, content=b"something else")
    await fetching.fetch_due()
    await inbound.rows("update media_files set sha256 = null")
    kept = await row(inbound)
    async with acquired(inbound.pool) as conn:
        assert await store.repeat(conn, kept["organization_id"], kept["id"])
        assert not await store.repeat(conn, kept["organization_id"], kept["id"])
    await fetching.fetch_due()
    assert (await row(inbound))["status"] == "stored"


async def test_a_file_that_is_something_else_than_declared_is_kept_and_told(inbound, meta, fetching):
    content = b"MZ" + b"\x00" * 500
    await arrived(inbound, meta.world.media.add(content, "image/png", NUMBER).id, content=content)
    await fetching.fetch_due()

    kept = await row(inbound)
    assert kept["status"] == "stored"
    assert kept["error"] == f"declared as image/png, looks like {kept['sniffed_mime_type']}"


async def test_a_file_meta_does_not_have_is_tried_until_the_patience_ends(inbound, fetching):
    await arrived(inbound, "404")
    for _ in range(len(job.PAUSES) + 1):
        await inbound.rows("update media_files set due_at = now() where status = 'pending'")
        await fetching.fetch_due()

    kept = await row(inbound)
    assert (kept["status"], kept["tries"]) == ("failed", len(job.PAUSES) + 1)


async def test_while_our_own_disk_takes_nothing_a_file_loses_no_try_and_waits_a_minute_at_most(
    inbound, meta, fetching, tmp_path
):
    await arrived(inbound, meta.world.media.add(PNG, "image/png", NUMBER).id)
    obstacle = tmp_path / str((await row(inbound))["organization_id"])
    obstacle.touch()
    for _ in range(len(job.PAUSES) + 2):
        await inbound.rows("update media_files set due_at = now()")
        with pytest.raises(NeighbourAway, match="media store"):
            await fetching.fetch_due()

    kept = await inbound.row("select status, error, tries, due_at - now() < '61 s' as is_soon from media_files")
    assert kept == {"status": "pending", "error": "media store is away: GenericError", "tries": 0, "is_soon": True}
    obstacle.unlink()
    await inbound.rows("update media_files set due_at = now()")
    await fetching.fetch_due()
    assert (await row(inbound))["status"] == "stored"


async def test_two_workers_never_fetch_the_same_file(inbound, pool, meta):
    for _ in range(6):
        await arrived(inbound, meta.world.media.add(PNG, "image/png", NUMBER).id)
    async with acquired(pool) as one, acquired(pool) as other, one.transaction(), other.transaction():
        taken = [due.id for due in await store.take(one, 3)] + [due.id for due in await store.take(other, 10)]
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 6


async def test_files_are_forgotten_after_their_time_and_their_rows_say_so(inbound, meta, fetching, shelf):
    await arrived(inbound, meta.world.media.add(PNG, "image/png", NUMBER).id)
    await fetching.fetch_due()
    path = (await row(inbound))["path"]
    assert await fetching.forget_old(days=1) == 0
    await inbound.rows("update media_files set stored_at = now() - interval '2 days'")
    assert await fetching.forget_old(days=1) == 1

    assert (await row(inbound))["status"] == "deleted"
    with pytest.raises(FileNotFoundError):
        await read(shelf, path)


async def test_without_a_token_the_file_waits(inbound, pool, graph, shelf):
    await arrived(inbound, "1")
    await MediaJob(pool, graph, Tokens(Vault.from_keys([])), shelf).fetch_due()
    kept = await row(inbound)
    assert (kept["status"], kept["error"]) == ("pending", "the number has no token")
