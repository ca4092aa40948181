"""The sender as a process: it waits for its neighbours, says what is wrong, and stops when it is told to."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from shared.messaging.topology import declare
from tests.waiting import until

pytestmark = pytest.mark.timeout(60)
# Seconds for a process to start or to stop: a busy machine needs some for the imports alone.
STARTS = 25
NOWHERE = {
    "SENDER_AMQP_URL": "amqp://guest:guest@127.0.0.1:1/",
    "SENDER_POSTGRES_DSN": "postgresql://nobody@127.0.0.1:1/nothing",
}


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@asynccontextmanager
async def started(role: str, port: int, **variables: str) -> AsyncIterator[asyncio.subprocess.Process]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("SENDER_", "WHATSAPP_"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sender_service",
        role,
        env=bare | NOWHERE | {"SENDER_PORT": str(port), "SENDER_HOST": "127.0.0.1"} | variables,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def status(port: int, path: str) -> int:
    try:
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as response:
            return response.status
    except aiohttp.ClientError:
        return 0


async def answers(port: int, path: str, wanted: int) -> bool:
    return await status(port, path) == wanted


@pytest.mark.parametrize("role", ["worker", "api", "scheduler", "all"])
async def test_started_before_its_neighbours_a_role_lives_waits_and_stops_in_order(role):
    port = free_port()
    async with started(role, port) as process:
        await until(lambda: answers(port, "/livez", 200), STARTS)
        assert await status(port, "/readyz") == 503
        assert await status(port, "/metrics") == 200
        process.terminate()
        output, _ = await asyncio.wait_for(process.communicate(), STARTS)
    assert process.returncode == 0, output
    assert output.count(b"database.awaited") <= 2, "said once by each role that waits"


async def test_it_goes_on_when_they_come(postgres_dsn, amqp_url):
    port = free_port()
    await declare(amqp_url)
    variables = {
        "SENDER_AMQP_URL": amqp_url,
        "SENDER_POSTGRES_DSN": postgres_dsn,
        "WHATSAPP_PHONE_NUMBER_ID": "106540352242922",
        "WHATSAPP_WABA_ID": "102290129340398",
        "WHATSAPP_ACCESS_TOKEN": "EAA-environment",
    }
    async with started("all", port, **variables) as process:
        await until(lambda: answers(port, "/readyz", 200), STARTS)
        process.terminate()
        output, _ = await asyncio.wait_for(process.communicate(), 15)
    assert process.returncode == 0, output
    assert b"EAA-environment" not in output


async def test_a_crash_in_native_code_is_told_in_the_log():
    port = free_port()
    async with started("worker", port) as process:
        await until(lambda: answers(port, "/livez", 200), STARTS)
        process.send_signal(signal.SIGSEGV)
        output, _ = await asyncio.wait_for(process.communicate(), STARTS)
    assert b"Segmentation fault" in output


async def test_a_port_that_is_taken_ends_the_process_with_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        async with started("api", taken.getsockname()[1]) as process:
            output, _ = await asyncio.wait_for(process.communicate(), STARTS)
    assert process.returncode == 1
    assert b"address already in use" in output


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"SENDER_ECHO_WINDOW": "soon"}, b"SENDER_ECHO_WINDOW"),
        ({"SENDER_ENCRYPTION_KEYS": "short"}, b"SENDER_ENCRYPTION_KEYS"),
    ],
)
async def test_an_unusable_setting_is_named_and_nothing_starts(variables, named):
    async with started("all", free_port(), **variables) as process:
        output, _ = await asyncio.wait_for(process.communicate(), STARTS)
    assert process.returncode == 2
    assert named in output
    assert b"Traceback" not in output
