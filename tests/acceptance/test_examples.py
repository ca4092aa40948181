"""The examples that other teams copy do what they say."""

import asyncio
import json
import os
import shutil
import subprocess
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
UNREACHED = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT")
PYTHON, NODE = [sys.executable, "publish.py"], ["node", "publish.mjs"]


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Node example installed from its lock, beside the checkout."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs node and npm")
    folder = tmp_path_factory.mktemp("node") / "examples"
    shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns("node_modules"))
    npm = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(npm, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode != 0 and any(code in done.stderr for code in UNREACHED):
        pytest.skip("npm cannot reach its registry")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(params=[PYTHON, NODE], ids=["python", "node"])
def program(request: pytest.FixtureRequest) -> tuple[list[str], Path]:
    """A command and where it is run."""
    return request.param, request.getfixturevalue("node") if request.param is NODE else EXAMPLES


async def run(program: tuple[list[str], Path], amqp_url: str, text: str) -> tuple[int, str]:
    command, folder = program
    process = await asyncio.create_subprocess_exec(
        *command, "+393331234567", text, "order-1",
        cwd=folder, env=os.environ | {"AMQP_URL": amqp_url, "PHONE_NUMBER_ID": PHONE_NUMBER_ID},
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


async def test_an_example_says_when_its_command_did_not_arrive(program, amqp_url):
    code, output = await run(program, amqp_url, "nothing is declared here")
    assert code != 0
    assert "accepted" not in output
