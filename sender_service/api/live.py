"""Domain events fanned out to the clients that listen now, organization by organization, in bounded memory.

One queue at the broker per process, however many clients. What a client missed is given again from a short memory, by
its Last-Event-ID; where that reaches not far enough, or the broker was away, it is told to read anew (`reset`).
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import orjson
import structlog
from aiohttp import web

from sender_service.api.problems import Problem
from sender_service.runtime import Runtime
from shared.contracts import cloudevents
from shared.contracts.errors import ContractViolation
from shared.contracts.events import DomainEvent, from_cloudevent
from shared.messaging.subscription import Subscription
from shared.messaging.topology import EVENTS

MOST_CLIENTS: Final = 1_000
MOST_OF_ONE: Final = 100
WAITING: Final = 256
REMEMBERED: Final = 2_000
RESET: Final = b"event: reset\ndata: {}\n\n"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Frame:
    """One event as it stands in a stream."""

    organization_id: int
    id: str
    name: str
    bytes: bytes


@dataclass(slots=True, eq=False)
class Client:
    """One open stream: what waits for it, at most so much. `None` in the queue ends the stream."""

    organization_id: int
    names: Sequence[str]
    waiting: "asyncio.Queue[bytes | None]" = field(default_factory=lambda: asyncio.Queue(WAITING))

    def wants(self, frame: Frame) -> bool:
        whole, first = frame.name, frame.name.partition(".")[0]
        return not self.names or whole in self.names or first in self.names

    def push(self, frame: bytes) -> bool:
        """False when the client is too slow: its stream ends, and it comes again with its Last-Event-ID."""
        try:
            self.waiting.put_nowait(frame)
        except asyncio.QueueFull:
            self.end()
            return False
        return True

    def end(self) -> None:
        """Drop what waits and end the stream."""
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self.waiting.put_nowait(None)


class Live:
    """The streams of this process and the latest events."""

    def __init__(self) -> None:
        self._clients: dict[int, set[Client]] = {}
        self._latest: deque[Frame] = deque(maxlen=REMEMBERED)
        self._closed = False

    @contextmanager
    def joined(self, organization_id: int, names: Sequence[str], last_event_id: str | None) -> Iterator[Client]:
        """A client that hears from this moment on, and first what it missed since the event it names."""
        mine = self._clients.setdefault(organization_id, set())
        if self._closed or len(mine) >= MOST_OF_ONE or sum(map(len, self._clients.values())) >= MOST_CLIENTS:
            raise Problem("SERVICE_UNAVAILABLE", "too many live streams", headers={"Retry-After": "10"})
        client = Client(organization_id, names)
        for frame in self._missed(client, last_event_id):
            client.push(frame)
        mine.add(client)
        try:
            yield client
        finally:
            mine.discard(client)
            if not mine:
                self._clients.pop(organization_id, None)

    def heard(self, content_type: str, body: bytes) -> None:
        """Give the events of one message of the bus to whom they concern."""
        try:
            batch = content_type == cloudevents.BATCH_CONTENT_TYPE
            events = cloudevents.decode_batch(body) if batch else [cloudevents.decode(body)]
            frames = [frame_of(from_cloudevent(event)) for event in events]
        except ContractViolation as error:
            log.warning("live.event_not_understood", problem=str(error))
            return
        for frame in frames:
            self._latest.append(frame)
            for client in list(self._clients.get(frame.organization_id, ())):
                if client.wants(frame) and not client.push(frame.bytes):
                    log.warning("live.slow_client_cut", organization_id=frame.organization_id)
                    self._clients[frame.organization_id].discard(client)

    def gap(self) -> None:
        """Events may have been missed: nothing remembered is complete any more."""
        self._latest.clear()
        for client in [one for mine in self._clients.values() for one in mine]:
            client.push(RESET)

    async def close(self, _app: web.Application) -> None:
        """End every stream, so that the process can stop."""
        self._closed = True
        for client in [one for mine in self._clients.values() for one in mine]:
            client.end()

    def _missed(self, client: Client, last_event_id: str | None) -> list[bytes]:
        if last_event_id is None:
            return []
        own = [frame for frame in self._latest if frame.organization_id == client.organization_id]
        places = [place for place, frame in enumerate(own) if frame.id == last_event_id]
        if not places:
            return [RESET]
        missed = [frame.bytes for frame in own[places[-1] + 1 :] if client.wants(frame)]
        return missed if len(missed) < WAITING else [RESET]


LIVE: Final = web.AppKey("live", Live)


def frame_of(event: DomainEvent) -> Frame:
    """The event as a stream carries it; ids hold no line break and the JSON is one line."""
    data = orjson.dumps(event.as_dict())
    head = f"id: {event.id}\nevent: {event.name}\ndata: ".encode()
    return Frame(event.organization_id, event.id, event.name, head + data + b"\n\n")


def live_events(runtime: Runtime) -> Callable[[web.Application], AsyncIterator[None]]:
    """Hears the bus for as long as the application is served."""

    async def context(app: web.Application) -> AsyncIterator[None]:
        live = app[LIVE]
        subscription = Subscription(runtime.amqp_url, EVENTS, "#", heard=live.heard, gap=live.gap)
        task = asyncio.create_task(subscription.run(runtime.stopping), name="live events")
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return context


def add_live(app: web.Application, runtime: Runtime) -> None:
    """Give an application its live events."""
    app[LIVE] = Live()
    app.cleanup_ctx.append(live_events(runtime))
    app.on_shutdown.append(app[LIVE].close)
