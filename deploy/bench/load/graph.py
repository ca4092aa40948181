"""Load process: a lean 50 ms Meta. Accepts messages after a fixed delay, notes when their bytes came, posts statuses.

It judges nothing (the simulator does): here the load must not be the limit.
 `GET /stats`, `POST /reset`, `GET /arrivals`, `GET /busiest`.
"""

import asyncio
import sys
import time
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import orjson
import uvloop

from deploy.bench.load.report import Orders
from deploy.bench.load.webhook_pump import Pump
from deploy.stand.http_writer import HEADER_END
from deploy.stand.meta_bodies import wamid_of

CALLBACK = b'"biz_opaque_callback_data":"'
TO = b'"to":"'
# Alone, for what was read from the table has its keys in another order.
KEY = b'"text":"'
JSON_HEAD = b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


@dataclass(slots=True)
class Seen:
    """What arrived since the last reset: monotonic times, per number, and by marker where `keep` is set."""

    times: "array[float]" = field(default_factory=lambda: array("d"))
    numbers: Counter[str] = field(default_factory=Counter)
    markers: dict[str, float] = field(default_factory=dict)

    def stats(self) -> dict[str, object]:
        """Count, first and last arrival, the rate between the 10th and 90th hundredth, and that of whole seconds."""
        count = len(self.times)
        low, high = count // 10, count - 1 - count // 10
        span = self.times[high] - self.times[low] if count > 20 else 0.0
        return {
            "count": count,
            "first": self.times[0] if count else 0,
            "last": self.times[-1] if count else 0,
            "steady_rate": (high - low) / span if span else 0,
            "whole_seconds_rate": whole_seconds_rate(self.times),
            "numbers": dict(self.numbers),
        }


def whole_seconds_rate(times: Sequence[float]) -> float:
    """Arrivals in each of the whole seconds from the first on; `times` ascend.

    A number's pace repeats in each second what it was late by in one: a part of a second would count that once more.
    """
    seconds = int(times[-1] - times[0]) if times else 0
    return bisect_left(times, times[0] + seconds) / seconds if seconds else 0.0


def busiest_second(times: Sequence[float]) -> int:
    """The most arrivals in any sliding second; `times` ascend."""
    most = first = 0
    for last, at in enumerate(times):
        while times[first] <= at - 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


@dataclass(slots=True)
class Graph:
    """The responder's state."""

    delay: float
    pump: Pump | None
    keep: bool
    seen: Seen = field(default_factory=Seen)
    accepted: int = 0
    begun: int = field(default_factory=time.time_ns)

    def message(self, path: bytes, body: bytes, at: float) -> bytes:
        """Note one message and build Meta's answer."""
        number = path.split(b"/")[2].decode()
        self.seen.times.append(at)
        self.seen.numbers[number] += 1
        if self.keep:
            self.seen.markers[between(body, KEY)] = at
        self.accepted += 1
        recipient = between(body, TO).lstrip("+")
        wamid = wamid_of(recipient, f"{self.begun}.{self.accepted}", ours=True)
        if self.pump is not None:
            self.pump.accepted(number, wamid, recipient, between(body, CALLBACK))
        return orjson.dumps(
            {
                "messaging_product": "whatsapp",
                "contacts": [{"input": recipient, "wa_id": recipient}],
                "messages": [{"id": wamid}],
            }
        )

    def control(self, method: bytes, path: bytes) -> bytes:
        """Answer the bench itself."""
        if method == b"POST":
            self.seen = Seen()
            if self.pump is not None:
                self.pump.reset()
            return b"{}"
        if path == b"/arrivals":
            return orjson.dumps(self.seen.markers)
        if path == b"/busiest":
            return orjson.dumps({"second": busiest_second(self.seen.times)})
        return orjson.dumps(self.seen.stats() | {"webhooks": self.pump.stats() if self.pump else {}})


def between(body: bytes, start: bytes) -> str:
    """The text between a marker and the next quote; empty where the marker is missing."""
    at = body.find(start)
    if at < 0:
        return ""
    return body[at + len(start) : body.index(b'"', at + len(start))].decode()


class Wire(asyncio.Protocol):
    """One connection of HTTP/1.1; requests of one connection are answered in their order."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _: Exception | None) -> None:
        """Called by the loop."""
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Called by the loop: the first byte of a request is the moment it counts from."""
        at = time.monotonic()
        self._buffer += data
        while (end := self._buffer.find(HEADER_END)) >= 0:
            head = self._buffer[:end]
            size = _length(head)
            if len(self._buffer) < end + 4 + size:
                return
            body = self._buffer[end + 4 : end + 4 + size]
            self._buffer = self._buffer[end + 4 + size :]
            self._request(head, body, at)

    def _request(self, head: bytes, body: bytes, at: float) -> None:
        method, path, _ = head.split(b"\r\n", 1)[0].split(b" ")
        if path.endswith(b"/messages"):
            answer = self._graph.message(path, body, at)
            asyncio.get_running_loop().call_later(self._graph.delay, self._answer, answer)
        else:
            self._answer(self._graph.control(method, path))

    def _answer(self, body: bytes) -> None:
        if self._transport is not None:
            self._transport.write(JSON_HEAD % (200, len(body)) + body)


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    return int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def serve(orders: Orders) -> None:
    """`port delay keep`, and `pump` with its own orders where statuses are wanted; runs until it is ended."""
    pump = Pump(orders["pump"]) if orders.get("pump") else None
    graph = Graph(orders["delay"], pump, orders.get("keep", False))
    server = await asyncio.get_running_loop().create_server(
        lambda: Wire(graph), "127.0.0.1", orders["port"], backlog=4096
    )
    async with server:
        if pump is not None:
            await pump.run()
        await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(orjson.loads(sys.argv[1])))
