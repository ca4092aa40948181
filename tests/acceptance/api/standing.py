"""The API beside a test that is not asyncio: in a thread of its own, with Meta's side and the things it holds."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from deploy.simulator.options import Options
from deploy.simulator.server import running
from sender_service.store.database import acquired
from tests.acceptance.api.conftest import Api, opened, settings_of
from tests.acceptance.api.things import made

# A key with such an id is not revoked by a request that tries small numbers.
FAR_AWAY = 900_000_000


@dataclass(frozen=True, slots=True)
class Standing:
    """Where it listens, the owner's key, and the id of one thing of each kind by the noun in its path."""

    base: str
    key: str
    things: dict[str, Any]


@contextmanager
def standing(postgres_dsn: str, amqp_url: str, media: Path) -> Iterator[Standing]:
    ready: Future[tuple[Standing, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    thread = Thread(target=asyncio.run, args=(_stand(postgres_dsn, amqp_url, media, ready),), daemon=True)
    thread.start()
    stand, loop, over = ready.result(timeout=20)
    try:
        yield stand
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(timeout=20)


async def _stand(postgres_dsn: str, amqp_url: str, media: Path, ready: Future[Any]) -> None:
    try:
        async with running(Options(port=0)) as simulator:
            settings = settings_of(postgres_dsn, amqp_url, simulator.url, media)
            async with opened(settings.model_copy(update={"api_rate": 1_000_000.0})) as api:
                over = asyncio.Event()
                ready.set_result((await _furnished(api), asyncio.get_running_loop(), over))
                await over.wait()
    except Exception as error:
        if not ready.done():
            ready.set_exception(error)
        raise


async def _furnished(api: Api) -> Standing:
    things = await made(api)
    async with acquired(api.pool) as conn:
        await conn.execute("update api_keys set id = id + $1 where role = 'OWNER'", FAR_AWAY)
    return Standing(api.base, api.keys["OWNER"], things)
