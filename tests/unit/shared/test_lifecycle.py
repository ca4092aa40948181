import asyncio
import os
import signal
import sys

import pytest

from shared.lifecycle import RoleFailed, run_roles
from tests.waiting import until


async def until_told(stopping):
    await stopping.wait()


async def test_sigterm_stops_every_role():
    started, ended = [], []

    async def role(stopping):
        started.append(1)
        await stopping.wait()
        ended.append(1)

    running = asyncio.create_task(run_roles({"one": role, "two": role}, grace=5))
    await until(lambda: started == [1, 1])
    os.kill(os.getpid(), signal.SIGTERM)
    await running

    assert ended == [1, 1]


async def test_a_role_that_fails_stops_the_others_and_the_process():
    ended = []

    async def failing(_stopping):
        raise OSError("disk")

    async def other(stopping):
        await stopping.wait()
        ended.append(1)

    with pytest.raises(RoleFailed, match="failing"):
        await run_roles({"failing": failing, "other": other}, grace=5)

    assert ended == [1]


async def test_a_role_that_ends_though_nobody_stopped_it_is_a_failure():
    async def quitter(_stopping):
        return

    with pytest.raises(RoleFailed, match="quitter"):
        await run_roles({"quitter": quitter, "other": until_told}, grace=5)


async def test_a_role_that_does_not_finish_in_its_grace_is_cancelled():
    stopping = asyncio.Event()
    cancelled = []

    async def stubborn(_stopping):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(1)
            raise

    stopping.set()
    await run_roles({"stubborn": stubborn}, grace=0.05, stopping=stopping)

    assert cancelled == [1]


async def test_a_role_may_use_its_grace_to_finish():
    stopping = asyncio.Event()
    finished = []

    async def busy(stop):
        await stop.wait()
        await asyncio.sleep(0.05)
        finished.append(1)

    running = asyncio.create_task(run_roles({"busy": busy}, grace=5, stopping=stopping))
    stopping.set()
    await running

    assert finished == [1]


async def begun(program):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    await said(process, b"ready\n")
    return process


async def said(process, line):
    assert process.stdout is not None
    return await process.stdout.readuntil(line)


STUBBORN = """
import asyncio, time
from shared import lifecycle
lifecycle.WATCHDOG_EXTRA = 0.2
async def stubborn(stopping):
    print("ready", flush=True)
    await stopping.wait()
    {deed}
asyncio.run(lifecycle.run_roles({{"stubborn": stubborn}}, grace={grace}))
"""


async def test_a_second_signal_ends_the_process_at_once():
    process = await begun(STUBBORN.format(deed="print('stopping', flush=True); await asyncio.sleep(60)", grace=60))
    process.send_signal(signal.SIGTERM)
    await said(process, b"stopping\n")
    process.send_signal(signal.SIGTERM)

    assert await asyncio.wait_for(process.wait(), 5) == 128 + signal.SIGTERM


async def test_a_process_whose_loop_hangs_is_ended_by_the_watchdog():
    process = await begun(STUBBORN.format(deed="time.sleep(60)", grace=0.1))
    process.send_signal(signal.SIGTERM)

    assert await asyncio.wait_for(process.wait(), 5) == 128 + signal.SIGTERM
    assert b"did not stop in time" in await process.stdout.read()


async def test_signals_are_the_processs_own_again_afterwards():
    stopping = asyncio.Event()
    stopping.set()
    await run_roles({"one": until_told}, grace=1, stopping=stopping)

    await until(lambda: signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)
