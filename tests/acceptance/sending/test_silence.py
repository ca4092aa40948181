"""Meta takes every request and answers none: what becomes doubtful is bounded, and the first answer ends the wait."""

import asyncio

from sender_service.sending import silence
from tests import builders
from tests.fakes.cloud_api import accepted as answer
from tests.integration.store.sending import grounds
from tests.integration.store.sending.grounds import command
from tests.waiting import until

RATE = 80
SECONDS = 0.5


async def gone_silent(pool, start, meta):
    """A worker with 200 messages, and its number once the silence was noticed and nothing is on its way out."""
    await grounds.organization(pool, throughput=RATE)
    worker = start()
    bulk = [command(f"{n}", to=f"+39333{n:06}", lane="bulk") for n in range(200)]
    await grounds.accepted(worker.accept, *bulk)
    number = await until(lambda: worker.dispatcher._numbers.get(builders.PHONE_NUMBER_ID))
    await until(lambda: number._silence.holds(number._tools.monotonic(), pending=0))
    await until(lambda: number._open_intents == 0 and len(meta.requests) == number._silence._open)
    return worker, number


async def test_while_meta_says_nothing_hardly_more_goes_out_than_in_the_time_it_takes_to_notice(
    *, pool, start, meta, monkeypatch
):
    monkeypatch.setattr(silence, "SILENT_SECONDS", SECONDS)
    answers = asyncio.Event()

    async def answer_later(_, body):
        await answers.wait()
        return answer(body)

    meta.judge = answer_later
    worker, number = await gone_silent(pool, start, meta)
    gone_out = len(meta.requests)
    assert gone_out <= RATE * SECONDS * 2

    [password] = await grounds.accepted(worker.accept, command("otp", to="+393900000000"))
    await until(lambda: password in number.line)
    assert len(meta.requests) == gone_out
    answers.set()
    await until(lambda: len(meta.requests) == 201, 10)
    assert meta.requests[gone_out].body["to"] == "+393900000000"
    await until(lambda: nothing_waits(pool))
    assert await pool.fetchval("select count(*) from colomba.unknown_sends") == 0


async def test_when_the_silence_ends_with_broken_connections_all_goes_on_at_once(*, pool, start, meta, monkeypatch):
    """Each of the open calls is in doubt, as was foreseen: they are no reason to wait longer and longer."""
    monkeypatch.setattr(silence, "SILENT_SECONDS", SECONDS)
    over = asyncio.Event()

    async def break_off(request, body):
        if not over.is_set():
            await over.wait()
            request.transport.abort()
        return answer(body)

    meta.judge = break_off
    await gone_silent(pool, start, meta)
    doubtful = len(meta.requests)
    over.set()
    await until(lambda: len(meta.requests) == 200, 5)
    await until(lambda: nothing_waits(pool))
    assert await pool.fetchval("select count(*) from colomba.unknown_sends") == doubtful


async def nothing_waits(pool):
    return not await grounds.queue(pool)
