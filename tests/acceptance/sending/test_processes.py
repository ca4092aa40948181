"""Two real worker processes: one killed, one frozen. What they leave behind is judged by Meta's side of the wire."""

import asyncio
import os
import signal
import sys
from collections import Counter
from contextlib import asynccontextmanager

import pytest

from sender_service.sending.accept import Accept
from tests.integration.store.sending import grounds
from tests.integration.store.sending.grounds import command
from tests.waiting import until

WORKER = """
import asyncio, os, sys
from sender_service.cloud_api.client import CloudApi, open_session
from sender_service.sending.dispatch import Dispatcher, Sending
from sender_service.store.database import open_pool

async def main(dsn, url, name):
    async with open_pool(dsn) as pool, open_session() as session:
        api = CloudApi(session, url, "v25.0")
        sending = Sending(pool=pool, relay=lambda *_: None, cloud_api=api, worker=name, token_of=lambda _: name)
        await Dispatcher(sending).run(asyncio.Event())

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def spawn(postgres_dsn, meta):
    """Starts worker processes; all are killed at the end."""
    async with _killed_at_the_end() as processes:

        async def begin(name):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", WORKER, postgres_dsn, meta.url, name, stdout=asyncio.subprocess.DEVNULL
            )
            processes.append(process)
            return process

        yield begin


@asynccontextmanager
async def _killed_at_the_end():
    processes: list[asyncio.subprocess.Process] = []
    yield processes
    for process in processes:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def owner(pool):
    return await pool.fetchval("select owner from colomba.number_leases where expires_at > now()")


def once(meta):
    return [name for name, times in Counter(r.attempt_id for r in meta.requests).items() if times > 1] == []


@pytest.mark.timeout(60)
async def test_after_a_kill_the_other_worker_goes_on_and_nothing_is_sent_twice(pool, spawn, meta):
    await grounds.organization(pool, throughput=20)
    first = await spawn("first")
    await until(lambda: owner(pool), 15)
    commands = [command(f"{n}", to=f"+39333{n:06}", lane="bulk") for n in range(60)]
    ids = await grounds.accepted(Accept(pool, lambda *_: None), *commands)
    await until(lambda: len(meta.requests) > 10, 10)
    await spawn("second")
    first.kill()
    await first.wait()
    stopped_at = len(meta.requests)
    await until(lambda: len(meta.requests) > stopped_at, 12)
    await until(lambda: _settled(pool), 20)
    assert once(meta)
    # In this order: one that leaves the queue meanwhile was sent before.
    in_doubt = {row["message_id"] for row in await grounds.queue(pool)}
    sent = {int(r.attempt_id.split(".")[1]) for r in meta.requests}
    assert sent | in_doubt == set(ids)
    assert len(in_doubt) <= 4 + 2


async def _settled(pool):
    return not await pool.fetchval("select count(*) from colomba.send_queue where state <> 'sending'")


@pytest.mark.timeout(60)
async def test_a_worker_that_was_frozen_sends_nothing_when_it_wakes(pool, spawn, meta):
    await grounds.organization(pool, throughput=20)
    frozen = await spawn("frozen")
    await until(lambda: owner(pool), 15)
    await spawn("other")
    await until(lambda: _alive(pool), 15)
    await grounds.accepted(
        Accept(pool, lambda *_: None), *(command(f"{n}", to=f"+39333{n:06}", lane="bulk") for n in range(120))
    )
    assert await owner(pool) == "frozen", "the hash prefers it"
    await until(lambda: len(meta.requests) > 10, 10)
    os.kill(frozen.pid, signal.SIGSTOP)
    await until(lambda: _owned_by(pool, "other"), 12)
    await until(lambda: _settled(pool), 25)
    before = _sent_by(meta, "frozen")
    assert not await _alive(pool)
    os.kill(frozen.pid, signal.SIGCONT)
    await until(lambda: _alive(pool), 10)
    assert _sent_by(meta, "frozen") == before
    assert once(meta)


async def _alive(pool):
    return await pool.fetchval("select count(*) = 2 from colomba.workers where expires_at > now()")


async def _owned_by(pool, name):
    return await owner(pool) == name


def _sent_by(meta, name):
    """Each worker speaks with a token of its own here."""
    return sum(request.token == name for request in meta.requests)
