"""The examples that other teams copy do what they say."""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

import jsonschema
import pytest

from shared.contracts import documents
from shared.contracts.send_message import decode
from shared.messaging.consumer import Consumer
from shared.messaging.publisher import Publisher
from shared.messaging.topology import SEND_PRIORITY, declare
from tests.builders import PHONE_NUMBER_ID
from tests.waiting import until

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NODE = shutil.which("node")
PROGRAMS = [
    pytest.param([sys.executable, "publish.py"], id="python"),
    pytest.param(
        [NODE or "node", "publish.mjs"],
        id="node",
        marks=pytest.mark.skipif(
            NODE is None or not (EXAMPLES / "node_modules" / "amqplib").exists(),
            reason="needs node and `npm install` in examples",
        ),
    ),
]


async def run(program: list[str], amqp_url: str, text: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *program, "+393331234567", text, "order-1",
        cwd=EXAMPLES, env=os.environ | {"AMQP_URL": amqp_url, "PHONE_NUMBER_ID": PHONE_NUMBER_ID},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def received(amqp_url: str, count: int) -> list[bytes]:
    """The bodies of the next deliveries of the priority queue."""
    bodies: list[bytes] = []
    stopping = asyncio.Event()

    async def keep(deliveries):
        bodies.extend(delivery.body for delivery in deliveries)
        return []

    async with Publisher(amqp_url, "test") as publisher:
        task = asyncio.create_task(Consumer(amqp_url, SEND_PRIORITY, keep, publisher).run(stopping))
        await until(lambda: len(bodies) == count)
        stopping.set()
        await task
    return bodies


@pytest.mark.parametrize("program", PROGRAMS)
async def test_an_example_publishes_a_command_that_is_understood(program, amqp_url):
    await declare(amqp_url)
    code, output = await run(program, amqp_url, "Your order is ready. È pronto!")
    assert (code, output.strip()) == (0, "accepted by the broker")
    [body] = await received(amqp_url, 1)
    jsonschema.Draft202012Validator(documents.schemas()[documents.COMMAND]).validate(json.loads(body))
    command = decode(body)
    assert (command.to, command.id, command.content) == (
        "+393331234567", "order-1", {"body": "Your order is ready. È pronto!"},
    )  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS)
async def test_an_example_says_when_its_command_did_not_arrive(program, amqp_url):
    code, output = await run(program, amqp_url, "nothing is declared here")
    assert code != 0
    assert "accepted" not in output
