"""Load process: raw webhooks or send commands put on the bus, confirmed, as fast as possible or at a rate.

By our own publisher and in waves, for what the load takes of the two cores the services lack: the library's takes six
times as much (0.3 ms a command beside everything else).
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

from deploy.bench.load.report import Orders, main
from deploy.stand import meta_bodies
from deploy.stand.processes import until
from deploy.stand.tenants import TEMPLATE
from shared.contracts.attempt_id import encode
from shared.messaging.publisher import Outgoing, Publisher

WINDOW = 100
AT_ONCE = 20
TICK = 0.02
PATIENCE = 60.0
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


def message(exchange: str, routing_key: str, body: bytes) -> Outgoing:
    """JSON with the headers a raw webhook carries."""
    headers = {"received_at": datetime.now(UTC).isoformat(), "app": "", "sha256": hashlib.sha256(body).hexdigest()}
    return Outgoing(exchange, routing_key, body, headers=headers)


async def work(orders: Orders) -> dict[str, object]:
    """`url kind exchange run first count numbers`, and `rate` (0: as fast as confirmed); reports rate and failures."""
    async with Publisher(orders["url"], "load", window=WINDOW, timeout=PATIENCE) as publisher:
        await until(lambda: publisher.is_ready, PATIENCE, "the broker could not be reached")
        began = time.perf_counter()
        waves: set[asyncio.Task[int]] = set()
        failures = 0
        async for wave in _waves(orders, began):
            if len(waves) >= AT_ONCE:
                done, waves = await asyncio.wait(waves, return_when=asyncio.FIRST_COMPLETED)
                failures += sum(task.result() for task in done)
            waves.add(asyncio.create_task(_publish(publisher, wave)))
        failures += sum(await asyncio.gather(*waves))
        elapsed = time.perf_counter() - began
    return {"failures": failures, "elapsed": elapsed, "rate": orders["count"] / elapsed}


async def _publish(publisher: Publisher, wave: Sequence[Outgoing]) -> int:
    """How many of them were not confirmed."""
    return sum(error is not None for error in await publisher.publish_all(wave))


async def _waves(orders: Orders, began: float) -> AsyncIterator[list[Outgoing]]:
    """All of it in pieces: what is due by the rate at each tick, without one as many as may be unconfirmed."""
    made, exchange, rate = KINDS[orders["kind"]](orders), orders["exchange"], orders.get("rate", 0)
    given = 0
    while True:
        due = int((time.perf_counter() - began) * rate) + 1 - given if rate else WINDOW
        wave = [message(exchange, orders.get("routing_key", key), body) for key, body in islice(made, min(due, WINDOW))]
        if due > 0 and not wave:
            return
        given += len(wave)
        if wave:
            yield wave
        if rate and due <= WINDOW:
            await asyncio.sleep(TICK)


if __name__ == "__main__":
    main(work)
