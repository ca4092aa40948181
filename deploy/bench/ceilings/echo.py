"""Ceiling of latency: publish a command to a quorum queue, consume it in the same process, one at a time."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aio_pika
import orjson
import uvloop

from deploy.bench.load.report import latencies

QUEUE = "bench.ceiling.echo"


@asynccontextmanager
async def both_ends(
    url: str, consumed: Callable[[bytes], Awaitable[None]]
) -> AsyncIterator[Callable[[bytes], Awaitable[object]]]:
    """To publish on one connection what is consumed on another: the broker stands between them as it does for us."""
    async with await aio_pika.connect(url) as publishing, await aio_pika.connect(url) as consuming:
        publisher, consumer = await publishing.channel(), await consuming.channel()
        queue = await consumer.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})

        async def take(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            await consumed(message.body)
            await message.ack()

        async def publish(body: bytes) -> None:
            message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await publisher.default_exchange.publish(message, QUEUE)

        await queue.purge()
        await queue.consume(take)
        yield publish


async def work(url: str, count: int, pause: float) -> dict[str, object]:
    """Seconds from before each publish until it was consumed."""
    arrived: asyncio.Queue[float] = asyncio.Queue()

    async def note(_: bytes) -> None:
        arrived.put_nowait(time.monotonic())

    seconds = []
    async with both_ends(url, note) as publish:
        for _ in range(count):
            began = time.monotonic()
            await publish(b"x" * 500)
            seconds.append(await arrived.get() - began)
            await asyncio.sleep(pause)
    return latencies(seconds)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(orjson.dumps(runner.run(work(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))).decode())
