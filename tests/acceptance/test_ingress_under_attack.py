"""What one caller does must not be felt by the others."""

import asyncio
import gzip
import resource
import time
import zlib

import pytest

from shared.messaging import topology
from tests.acceptance.ingress import PATH, head, ingress, signature
from tests.waiting import until

MIB = 1024 * 1024


@pytest.fixture
async def broker(amqp_url):
    await topology.declare(amqp_url)
    return amqp_url


async def slowest(service, count=50):
    """Post webhooks one after the other; gives the seconds of the slowest."""
    seconds = []
    for _ in range(count):
        started = time.monotonic()
        assert (await service.post()).status == 200
        seconds.append(time.monotonic() - started)
    return max(seconds)


async def test_thousands_of_idle_connections_disturb_nobody(broker):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        async with ingress(broker) as service:
            for _ in range(min(5_000, most // 3) // 100):
                await asyncio.gather(*(service.connect() for _ in range(100)))

            assert await slowest(service) < 1
            for client in service.clients:
                client.close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_callers_who_drip_their_heads_and_bodies_disturb_nobody_and_are_given_up(broker):
    async with ingress(broker, body_timeout=1.0) as service:
        heads = [await service.connect() for _ in range(100)]
        for client in heads:
            await client.send(b"POST /webhooks/whatsapp HTTP/1.1\r\nHost: x\r\nX-A: ")
        dripping = [await service.connect() for _ in range(100)]
        for client in dripping:
            await client.send(
                head("POST", PATH, {"Content-Length": "1000", "X-Hub-Signature-256": signature(b"")}), b"{"
            )

        assert await slowest(service) < 1
        for client in heads:
            await client.send(b"b")
        answers = [await client.answer() for client in dripping]
        assert {answer.status for answer in answers} == {408}


@pytest.mark.parametrize(("encoding", "compress"), [("deflate", zlib.compress), ("gzip", gzip.compress)])
async def test_a_compressed_bomb_is_refused_unopened(broker, encoding, compress):
    bomb = compress(b"\0" * (200 * MIB), 9)
    async with ingress(broker) as service:
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        answer = await service.post(bomb, Content_Encoding=encoding)

        assert answer.status == 415
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 50 * 1024
        assert await slowest(service) < 1


async def test_bodies_half_read_are_bounded_all_together(broker):
    given = head("POST", PATH, {"Content-Length": str(3 * MIB), "X-Hub-Signature-256": signature(b"")})
    async with ingress(broker, max_held_bytes=4 * MIB) as service:
        holding = [await service.connect() for _ in range(3)]
        for client in holding:
            await client.send(given, b"x" * (2 * MIB))
        answered = [asyncio.create_task(client.answer()) for client in holding]

        await until(lambda: any(task.done() for task in answered))
        answer = next(task.result() for task in answered if task.done())
        assert (answer.status, answer.error_code) == (503, "SERVICE_BUSY")
        assert (await service.post()).status == 200

        for task in answered:
            task.cancel()
        await asyncio.gather(*answered, return_exceptions=True)


@pytest.mark.parametrize(
    "junk",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /webhooks/whatsapp HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /webhooks/whatsapp HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"POST /webhooks/whatsapp HTTP/1.1\r\n" + b"A: b\r\n" * 500 + b"\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"\x00" * 1000,
    ],
)
async def test_what_is_no_http_is_refused_and_the_next_caller_served(broker, junk):
    async with ingress(broker) as service:
        client = await service.connect()
        await client.send(junk)
        client.writer.write_eof()
        async with asyncio.timeout(5):
            answer = await client.reader.read()

        assert answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
        assert (await service.post()).status == 200
