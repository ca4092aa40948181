"""Ceiling of latency: publish a command to a quorum queue, consume it in another process, one at a time."""

import asyncio
import sys
import time

import aio_pika
import orjson
import uvloop

from deploy.bench.load.report import latencies

QUEUE = "bench.ceiling.echo"


async def work(url: str, count: int, pause: float) -> dict[str, object]:
    """Publish and consume on two connections of one process; the broker stands between them as it does for us."""
    publishing, consuming = await aio_pika.connect(url), await aio_pika.connect(url)
    publisher, consumer = await publishing.channel(), await consuming.channel()
    queue = await consumer.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
    arrived: asyncio.Queue[float] = asyncio.Queue()

    async def note(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        arrived.put_nowait(time.monotonic())
        await message.ack()

    await queue.consume(note)
    seconds = []
    for _ in range(count):
        began = time.monotonic()
        message = aio_pika.Message(b"x" * 500, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await publisher.default_exchange.publish(message, QUEUE)
        seconds.append(await arrived.get() - began)
        await asyncio.sleep(pause)
    await publishing.close()
    await consuming.close()
    return latencies(seconds)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(orjson.dumps(runner.run(work(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))).decode())
