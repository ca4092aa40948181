"""Load process: clients that read an API, in a closed loop or offered at a rate, with the latency of each door."""

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from deploy.bench.figures import milliseconds, percentile
from deploy.bench.load.report import Orders, main

NEXT = b'"next":"'
FOLLOWED = 5


@dataclass(slots=True)
class Tally:
    """Seconds of each answered request by door, and answers other than 200."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: Counter[str] = field(default_factory=Counter)

    def report(self, elapsed: float) -> dict[str, object]:
        """Percentiles by door, and the rate of all."""
        return {
            "rate": sum(map(len, self.seconds.values())) / elapsed,
            "refused": dict(self.refused),
            "doors": {door: figures(seconds) for door, seconds in self.seconds.items()},
        }


def figures(seconds: Sequence[float]) -> dict[str, float]:
    """The percentiles of one door in milliseconds."""
    shares = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99, "max_ms": 1.0}
    return {"count": len(seconds)} | {name: milliseconds(percentile(seconds, share)) for name, share in shares.items()}


@dataclass(slots=True)
class Client:
    """One keep-alive connection; `chains` holds the cursor of the next page of the doors that are followed."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    key: str
    chains: dict[str, tuple[str, str, int]] = field(default_factory=dict)

    async def get(self, path: str) -> tuple[int, bytes]:
        """Status and body."""
        head = f"GET /api/v1{path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {self.key}\r\n\r\n"
        self.writer.write(head.encode())
        answer = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        return int(answer[9:12]), await self.reader.readexactly(length)

    async def ask(self, door: str, paths: Sequence[str], *, follows: bool) -> int:
        """One request of a door; a door that is followed asks for the next page of its list, five pages deep."""
        path, cursor, depth = self.chains.pop(door, ("", "", 0)) if follows else ("", "", 0)
        if not path:
            path = random.choice(paths)
        status, body = await self.get(f"{path}&cursor={cursor}" if cursor else path)
        if follows and depth < FOLLOWED and (found := _next(body)):
            self.chains[door] = (path, found, depth + 1)
        return status


def _next(body: bytes) -> str:
    at = body.rfind(NEXT)
    return "" if at < 0 else body[at + len(NEXT) :].split(b'"', 1)[0].decode()


def _doors(orders: Orders) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The doors in a random order, all of them equally often."""
    doors = list(orders["doors"].items())
    while True:
        random.shuffle(doors)
        yield from doors


async def work(orders: Orders) -> dict[str, object]:
    """`port key clients seconds doors`, and `rate` where requests are offered instead of asked one after the other."""
    clients = [
        Client(*await asyncio.open_connection("127.0.0.1", orders["port"], limit=1 << 24), orders["key"])
        for _ in range(orders["clients"])
    ]
    tally, doors = Tally(), _doors(orders)
    for client in clients:
        await _once(client, orders["doors"])
    began = time.perf_counter()
    due = _due(began, orders)
    await asyncio.gather(*(_run(client, doors, due, tally) for client in clients))
    return tally.report(time.perf_counter() - began)


async def _once(client: Client, doors: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    """Each client opens one list first, so that connections and statements are there when time begins to count."""
    for door in list(doors.values())[:3]:
        await client.get(door["paths"][0])


def _due(began: float, orders: Orders) -> Iterator[float]:
    """When each request is due: at even times where they are offered, else at once; ends after the time given."""
    rate, seconds = orders.get("rate"), orders["seconds"]
    if rate:
        yield from (began + count / rate for count in range(int(rate * seconds)))
        return
    while (now := time.perf_counter()) < began + seconds:
        yield now


async def _run(
    client: Client, doors: Iterator[tuple[str, Mapping[str, object]]], due: Iterator[float], tally: Tally
) -> None:
    for at in due:
        if (pause := at - time.perf_counter()) > 0:
            await asyncio.sleep(pause)
        name, door = next(doors)
        status = await client.ask(name, door["paths"], follows=bool(door.get("follows")))  # type: ignore[arg-type]
        tally.seconds[name].append(time.perf_counter() - at)
        if status != 200:
            tally.refused[f"{name}: {status}"] += 1


if __name__ == "__main__":
    main(work)
