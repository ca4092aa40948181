"""The statuses and inbound messages that the lean Meta posts for every message it accepted."""

import asyncio
import random
import time
from collections import Counter, deque
from dataclasses import dataclass, field

from deploy.bench.load.report import Orders, latencies
from deploy.stand import meta_bodies
from deploy.stand.http_writer import Connection, connect

# Meta reports sent soon after accepting, delivered and read later.
STAGES = (("sent", 0.1), ("delivered", 0.3), ("read", 0.8))
LINGER = 0.02


@dataclass(slots=True)
class Pump:
    """`orders`: `port secret connections per_webhook inbound_share size`."""

    orders: Orders
    _due: dict[str, deque[tuple[float, str, meta_bodies.Status]]] = field(default_factory=dict)
    _ready: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    _inbound_debt: float = 0.0
    seconds: list[float] = field(default_factory=list)
    answered: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._due = {status: deque() for status, _ in STAGES}

    def reset(self) -> None:
        """Forget latencies and counts, not what is still to be posted."""
        self.seconds, self.answered = [], Counter()

    def stats(self) -> dict[str, object]:
        """Answers by status, latencies and what waits."""
        return {
            "answered": {str(status): count for status, count in self.answered.items()},
            "waiting": self._ready.qsize(),
            **latencies(self.seconds),
        }

    def accepted(self, number: str, wamid: str, recipient: str, attempt_id: str) -> None:
        """A message was accepted: its statuses fall due, and a share of recipients answers."""
        now = time.monotonic()
        for status, delay in STAGES:
            update = meta_bodies.Status(wamid, status, recipient, attempt_id)
            self._due[status].append((now + delay, number, update))
        self._inbound_debt += self.orders["inbound_share"]
        if self._inbound_debt >= 1:
            self._inbound_debt -= 1
            reply = meta_bodies.inbound(number, recipient, meta_bodies.new_wamid(), "thank you", self.orders["size"])
            self._put(reply)

    async def run(self) -> None:
        """Post for ever over a fixed number of connections."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._gather())
            for _ in range(self.orders["connections"]):
                group.create_task(self._post_each())

    async def _gather(self) -> None:
        while True:
            now = time.monotonic()
            for status, _ in STAGES:
                self._take(self._due[status], now)
            await asyncio.sleep(LINGER)

    def _take(self, due: deque[tuple[float, str, meta_bodies.Status]], now: float) -> None:
        batches: dict[str, list[meta_bodies.Status]] = {}
        while due and due[0][0] <= now:
            _, number, update = due.popleft()
            batches.setdefault(number, []).append(update)
        size = self.orders["per_webhook"]
        for number, updates in batches.items():
            for at in range(0, len(updates), size):
                self._put(meta_bodies.statuses(number, updates[at : at + size]))

    def _put(self, body: bytes) -> None:
        self._ready.put_nowait(meta_bodies.http_request(body, self.orders["secret"]))

    async def _post_each(self) -> None:
        connection: Connection | None = None
        while True:
            request = await self._ready.get()
            try:
                if connection is None or not connection.is_open:
                    connection = await connect("127.0.0.1", self.orders["port"])
                await self._post(connection, request)
            except OSError:
                connection = None
                self.answered[0] += 1
                self._again(request)

    async def _post(self, connection: Connection, request: bytes) -> None:
        began = time.perf_counter()
        status = await connection.request(request)
        self.seconds.append(time.perf_counter() - began)
        self.answered[status] += 1
        if status != 200:
            self._again(request)

    def _again(self, request: bytes) -> None:
        """As Meta: what was not answered 200 is posted once more, later."""
        loop = asyncio.get_running_loop()
        loop.call_later(1 + random.random(), self._ready.put_nowait, request)
