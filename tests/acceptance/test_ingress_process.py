"""The process: refuses to start with the door open, stops without losing or doubling, and keeps its mouth shut."""

import asyncio
import contextlib
import json
import os
import re
import signal
import sys

import aiormq
import pytest

from shared.messaging import topology
from tests.acceptance.ingress import PATH, SECRET, Service, free_port, head, signature
from tests.waiting import until

TOKEN = "verify-token-hunter22"


@contextlib.asynccontextmanager
async def started(**environment):
    """The program as an operator starts it, with only these variables of ours set."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("INGRESS_", "WHATSAPP_"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ingress_service",
        env=clean | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"INGRESS_APP_SECRETS": ""},
        {"INGRESS_APP_SECRETS": "hunter22,"},
        {"WHATSAPP_APP_SECRET": " "},
        {"INGRESS_APPS_FILE": "/nowhere"},
        {"INGRESS_APP_SECRETS": "hunter22", "INGRESS_PORT": "many"},
    ],
)
async def test_it_does_not_start_without_what_it_needs_and_says_what(environment):
    async with started(**environment) as process:
        output, complaint = await process.communicate()

    assert process.returncode == 2
    assert complaint.startswith(b"ingress does not start: ")
    assert b"hunter22" not in output + complaint


async def test_started_without_a_broker_it_says_so_once():
    attempts = []

    def hang_up(_reader, writer):
        attempts.append(1)
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as nobody:
        url = f"amqp://guest:guest@127.0.0.1:{nobody.sockets[0].getsockname()[1]}/"
        async with started(INGRESS_AMQP_URL=url, INGRESS_APP_SECRETS=SECRET, INGRESS_PORT="0") as process:
            await until(lambda: len(attempts) >= 4, 15)
            process.send_signal(signal.SIGTERM)
            output, _ = await process.communicate()

    lines = [json.loads(line) for line in output.splitlines()]
    assert [line["event"] for line in lines].count("broker.away") == 1
    assert process.returncode == 0
    assert all(line["service"] == "ingress" for line in lines)


async def test_sigterm_under_load_loses_no_webhook_and_stores_none_twice(amqp_url):
    await topology.declare(amqp_url)
    port = free_port()
    answered: list[bytes] = []
    async with started(INGRESS_AMQP_URL=amqp_url, INGRESS_APP_SECRETS=SECRET, INGRESS_PORT=str(port)) as process:
        service = Service(port, asyncio.Event(), asyncio.ensure_future(asyncio.sleep(0)))
        await until(lambda: _is_ready(service), 15)
        posting = [asyncio.create_task(_post_until_refused(service, answered, number)) for number in range(16)]
        await until(lambda: len(answered) > 200, 10)
        process.send_signal(signal.SIGTERM)
        await asyncio.gather(*posting)
        await asyncio.wait_for(process.wait(), 10)

    stored = await _all_bodies(amqp_url)
    assert process.returncode == 0
    assert sorted(stored) == sorted(set(stored))
    assert set(answered) <= set(stored)


async def test_the_log_has_one_line_for_each_webhook_and_nothing_that_must_not_be_read(amqp_url):
    await topology.declare(amqp_url)
    port = free_port()
    text = "my phone is 5511987654321"
    body = json.dumps({"entry": [{"text": text, "from": "5511987654321"}]}).encode()
    async with started(
        INGRESS_AMQP_URL=amqp_url, INGRESS_APP_SECRETS=SECRET, INGRESS_VERIFY_TOKEN=TOKEN, INGRESS_PORT=str(port)
    ) as process:
        service = Service(port, asyncio.Event(), asyncio.ensure_future(asyncio.sleep(0)))
        await until(lambda: _is_ready(service), 15)
        sent = [await service.post(body), await service.post(body, secret="wrong"), await service.post(b"[]")]
        await service.get(f"/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=9&hub.verify_token={TOKEN}")
        process.send_signal(signal.SIGTERM)
        output, errors = await process.communicate()

    lines = [json.loads(line) for line in output.splitlines()]
    webhooks = [line for line in lines if line["event"] == "webhook.received"]
    assert [line["status"] for line in webhooks] == [answer.status for answer in sent] == [200, 403, 400]
    assert all(re.fullmatch("[0-9a-f]{32}", line["trace_id"]) for line in webhooks)
    assert webhooks[0]["message_id"]
    everything = (output + errors).decode()
    for forbidden in (SECRET, TOKEN, text, "5511987654321", "sha256=", "guest:guest"):
        assert forbidden not in everything


async def _post_until_refused(service, answered, number):
    """Post on one connection until it is closed; keeps what was answered 200."""
    client = await service.connect()
    count = 0
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while True:
            count += 1
            body = json.dumps({"worker": number, "count": count}).encode()
            if await _posted(client, body) == 200:
                answered.append(body)
    client.close()


async def _posted(client, body):
    await client.send(
        head("POST", PATH, {"Content-Length": str(len(body)), "X-Hub-Signature-256": signature(body)}), body
    )
    return (await client.answer()).status


async def _is_ready(service):
    try:
        return await service.is_ready()
    except OSError:
        return False


async def _all_bodies(url):
    connection = await aiormq.connect(url)
    channel = await connection.channel()
    found = []
    while (message := await channel.basic_get(topology.SENDER_WEBHOOKS, no_ack=True)).delivery_tag:
        found.append(message.body)
    await connection.close()
    return found
