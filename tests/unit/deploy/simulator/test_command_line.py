"""The simulator as a program."""

import asyncio
import signal
import sys

from aiohttp import ClientSession

from deploy.simulator.options import Options


async def run(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.simulator", *arguments, stdout=asyncio.subprocess.PIPE
    )


async def test_it_says_where_it_listens_serves_and_ends_on_a_signal():
    process = await run("--port", "0", "--status-delay", "0.5", "--enforce-pair", "--latency-ms", "5", "--seed", "7")
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    async with ClientSession() as session, session.get(f"{url}/_sim/options") as response:
        options = await response.json()
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    assert (options["status_delay_s"], options["enforce_pair"], options["latency_ms"]) == (0.5, True, 5.0)
    assert (options["seed"], options["strict"]) == (7, False)
    assert "app_secret" not in options


async def test_help_names_every_option():
    process = await run("--help")
    said = (await process.communicate())[0].decode()
    for name in Options.__slots__:
        assert f"--{name.replace('_', '-')}" in said


async def test_options_change_while_it_runs_but_not_their_kind(client):
    assert (await client.post("/_sim/options", {"latency_ms": 3}))[1]["latency_ms"] == 3.0
    assert await client.post("/_sim/options", {"latency_ms": "3"}) == (
        400,
        {"error": "ValueError: latency_ms: must be float"},
    )
    assert (await client.post("/_sim/options", {"port": 3}))[0] == 400
    assert (await client.post("/_sim/options", {"latency_ms": 9, "nonsense": 3}))[0] == 400
    assert (await client.get("/_sim/options"))["latency_ms"] == 3.0
    assert (await client.get("/_sim/health")) == {"status": "ready"}


async def test_numbers_are_shown_without_their_tokens(client):
    _, answer = await client.post("/_sim/numbers", [{"id": "1", "tokens": ["secret"], "throughput": 1000}, {"id": "2"}])
    assert [(number["id"], number["tokens"], number["throughput"]) for number in answer["numbers"]] == [
        ("1", 1, 1000),
        ("2", 0, 80),
    ]
    assert len((await client.get("/_sim/numbers"))["numbers"]) == 2
    assert (await client.post("/_sim/numbers", {"id": "1", "arrivals": []}))[0] == 400
