"""Load process: signed webhooks to an ingress, in a closed loop or offered at a rate, come what may."""

import asyncio
import itertools
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from deploy.bench.load.report import Orders, latencies, main
from deploy.stand import meta_bodies
from deploy.stand.http_writer import Connection, connect

TICK = 0.002


@dataclass(slots=True)
class Tally:
    """Statuses answered and how long each took, from the moment it was due."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    broken: int = 0

    def report(self, elapsed: float) -> dict[str, object]:
        """Counts, rate of 200s and latencies."""
        return {
            "statuses": {str(status): count for status, count in self.statuses.items()},
            "broken": self.broken,
            "rate": self.statuses[200] / elapsed,
            "elapsed": elapsed,
            **latencies(self.seconds),
        }


def prepared(orders: Orders) -> Iterator[bytes]:
    """Whole signed requests of distinct inbound messages, over and over."""
    pool = []
    for index in range(orders["pool"]):
        customer = customer_of(index)
        body = meta_bodies.inbound(
            orders["number"], customer, meta_bodies.new_wamid(), f"message {index}", orders["size"]
        )
        pool.append(meta_bodies.http_request(body, orders["secret"]))
    return itertools.cycle(pool)


def customer_of(index: int) -> str:
    """One of 5,000 customers."""
    return str(393_400_000_000 + index % 5000)


async def closed(orders: Orders) -> dict[str, object]:
    """Every connection sends its next request when the last was answered."""
    requests, tally = prepared(orders), Tally()
    connections = [await connect("127.0.0.1", orders["port"]) for _ in range(orders["connections"])]
    began = time.perf_counter()
    until = began + orders["seconds"]
    await asyncio.gather(*(_one_after_another(each, requests, tally, until) for each in connections))
    elapsed = time.perf_counter() - began
    return tally.report(elapsed)


async def _one_after_another(connection: Connection, requests: Iterator[bytes], tally: Tally, until: float) -> None:
    while (began := time.perf_counter()) < until:
        tally.statuses[await connection.request(next(requests))] += 1
        tally.seconds.append(time.perf_counter() - began)


async def offered(orders: Orders) -> dict[str, object]:
    """Requests are due at even times; what finds no free connection waits, and its waiting counts."""
    requests, tally = prepared(orders), Tally()
    due: deque[float] = deque()
    arrived = asyncio.Event()
    connections = [await connect("127.0.0.1", orders["port"]) for _ in range(orders["connections"])]
    began = time.perf_counter()
    senders = [asyncio.create_task(_as_due(each, requests, due, arrived, tally)) for each in connections]
    for count in range(int(orders["seconds"] * orders["rate"])):
        at = began + count / orders["rate"]
        await _until(at)
        due.append(at)
        arrived.set()
    while due:
        await _until(time.perf_counter() + TICK)
    for sender in senders:
        sender.cancel()
    await asyncio.gather(*senders, return_exceptions=True)
    return tally.report(time.perf_counter() - began)


async def _until(at: float) -> None:
    if (pause := at - time.perf_counter()) > 0:
        await asyncio.sleep(max(pause, TICK))


async def _as_due(  # noqa: PLR0917 - one line of the pool, all its parts are plain
    connection: Connection, requests: Iterator[bytes], due: deque[float], arrived: asyncio.Event, tally: Tally
) -> None:
    while True:
        if not due:
            arrived.clear()
            await arrived.wait()
            continue
        at = due.popleft()
        try:
            tally.statuses[await connection.request(next(requests))] += 1
        except ConnectionError:
            tally.broken += 1
            return
        tally.seconds.append(time.perf_counter() - at)


async def work(orders: Orders) -> dict[str, object]:
    """`mode` closed or offered; `port secret number size pool connections seconds`, and `rate` where offered."""
    return await (offered(orders) if orders["mode"] == "offered" else closed(orders))


if __name__ == "__main__":
    main(work)
