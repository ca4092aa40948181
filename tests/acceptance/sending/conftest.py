"""A dispatcher on a real database against a Meta whose answers the test scripts."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from sender_service.cloud_api.client import CloudApi, open_session
from sender_service.sending.accept import Accept
from sender_service.sending.dispatch import Dispatcher, Sending
from sender_service.store.database import Pool
from shared.contracts.events import DomainEvent
from tests.fakes import cloud_api
from tests.fakes.cloud_api import FakeCloudApi


@dataclass(slots=True)
class Bus:
    """What would have gone to the bus."""

    events: list[DomainEvent] = field(default_factory=list)

    def relay(self, outbox_id: int, events: Sequence[DomainEvent]) -> None:
        self.events += events

    def named(self, name: str) -> list[DomainEvent]:
        return [event for event in self.events if event.name == name]


@dataclass(slots=True)
class Worker:
    """One running dispatcher and the door into it."""

    accept: Accept
    dispatcher: Dispatcher
    stopping: asyncio.Event
    task: "asyncio.Task[None]"

    async def stop(self) -> None:
        """Ends as SIGTERM does; one that vanished before is left alone."""
        self.stopping.set()
        if not self.task.cancelled():
            await self.task


@pytest.fixture
async def meta() -> AsyncIterator[FakeCloudApi]:
    async with cloud_api.running() as fake:
        yield fake


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
async def start(pool: Pool, meta: FakeCloudApi, bus: Bus):
    """Starts workers; all are stopped at the end."""
    async with open_session() as session, _stopping() as workers:

        def begin(name: str = "worker-1", **changes: Any) -> Worker:
            settings: dict[str, Any] = {
                "echo_window": timedelta(minutes=15),
                "token_of": lambda state: "token",
            } | changes
            api = CloudApi(session, meta.url, "v25.0")
            dispatcher = Dispatcher(Sending(pool=pool, relay=bus.relay, cloud_api=api, worker=name, **settings))
            stopping = asyncio.Event()
            worker = Worker(
                Accept(pool, bus.relay, hand_over=dispatcher.hand_over, straight=dispatcher.straight),
                dispatcher,
                stopping,
                asyncio.create_task(dispatcher.run(stopping)),
            )
            workers.append(worker)
            return worker

        yield begin


@asynccontextmanager
async def _stopping():
    workers: list[Worker] = []
    yield workers
    for worker in workers:
        await worker.stop()
