"""Load process: raw webhooks or send commands put on the bus, confirmed, as fast as possible or at a rate."""

import asyncio
import hashlib
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import aio_pika

from deploy.bench.load.report import Orders, main
from deploy.stand import meta_bodies
from deploy.stand.tenants import TEMPLATE
from shared.contracts.attempt_id import encode

WINDOW = 200
FIRST_CUSTOMER, ACTIVE_CUSTOMERS = 393_600_000_000, 2_000
Made = tuple[str, bytes]


def customer(orders: Orders, index: int) -> str:
    """2,000 customers take turns; among all there are they lie `stride` numbers apart."""
    return str(FIRST_CUSTOMER + index % ACTIVE_CUSTOMERS * orders.get("stride", 1))


def commands(orders: Orders) -> Iterator[Made]:
    """Commands of an approved template to distinct recipients; the numbers take turns."""
    numbers, lane = orders["numbers"], orders.get("lane", "bulk")
    for index in range(orders["first"], orders["first"] + orders["count"]):
        number, recipient = numbers[index % len(numbers)], str(393_500_000_000 + index)
        key = f"{orders['run']}-{index}"
        message = meta_bodies.template(TEMPLATE, key)
        yield f"send.{lane}.{number}", meta_bodies.send_command(key, number, recipient, message)


def inbound(orders: Orders) -> Iterator[Made]:
    """Webhooks with one inbound text of about 1 KiB each."""
    for index in range(orders["first"], orders["first"] + orders["count"]):
        writer = customer(orders, index)
        wamid = meta_bodies.wamid_of(writer, f"{orders['run']}.{index}")
        yield "webhook", meta_bodies.inbound(orders["numbers"][0], writer, wamid, f"hello {index}", orders["size"])


def statuses(orders: Orders) -> Iterator[Made]:
    """Sent, delivered and read of each message whose id is given, `per_webhook` updates in each body."""
    batch: list[meta_bodies.Status] = []
    for status in ("sent", "delivered", "read"):
        for message_id in range(orders["first"], orders["first"] + orders["count"] // 3):
            attempt = encode(orders["installation"], message_id, 1)
            recipient = customer(orders, message_id)
            wamid = meta_bodies.wamid_of(recipient, f"{orders['run']}.{message_id}", ours=True)
            batch.append(meta_bodies.Status(wamid, status, recipient, attempt))
            if len(batch) >= orders.get("per_webhook", 1):
                yield "webhook", meta_bodies.statuses(orders["numbers"][0], batch)
                batch = []
    if batch:
        yield "webhook", meta_bodies.statuses(orders["numbers"][0], batch)


KINDS: dict[str, Callable[[Orders], Iterator[Made]]] = {
    "commands": commands,
    "inbound": inbound,
    "statuses": statuses,
}


def message(body: bytes) -> aio_pika.Message:
    """Persistent JSON with the headers a raw webhook carries."""
    return aio_pika.Message(
        body,
        content_type="application/json",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=uuid.uuid4().hex,
        headers={
            "received_at": datetime.now(UTC).isoformat(),
            "app": "",
            "sha256": hashlib.sha256(body).hexdigest(),
        },
    )


async def work(orders: Orders) -> dict[str, object]:
    """`url kind exchange run first count numbers`, and `rate` (0: as fast as confirmed); reports rate and failures."""
    connection = await aio_pika.connect(orders["url"])
    async with connection:
        channel = await connection.channel(on_return_raises=True)
        exchange = await channel.get_exchange(orders["exchange"], ensure=False)
        gate, failures = asyncio.Semaphore(WINDOW), 0
        began = time.perf_counter()

        async def publish(routing_key: str, body: bytes) -> None:
            nonlocal failures
            try:
                await exchange.publish(message(body), routing_key)
            except (aio_pika.exceptions.AMQPError, ConnectionError):
                failures += 1
            finally:
                gate.release()

        pending: set[asyncio.Task[None]] = set()
        for index, (made_key, body) in enumerate(KINDS[orders["kind"]](orders)):
            routing_key = orders.get("routing_key", made_key)
            await _until_due(began, index, orders.get("rate", 0))
            await gate.acquire()
            task = asyncio.create_task(publish(routing_key, body))
            pending.add(task)
            task.add_done_callback(pending.discard)
        await asyncio.gather(*pending)
        elapsed = time.perf_counter() - began
    return {"failures": failures, "elapsed": elapsed, "rate": orders["count"] / elapsed}


async def _until_due(began: float, index: int, rate: float) -> None:
    if rate:
        late = began + index / rate - time.perf_counter()
        if late > 0:
            await asyncio.sleep(late)


if __name__ == "__main__":
    main(work)
