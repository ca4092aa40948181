"""Being the one scheduler: a lease on the database's clock, renewed often, given up when it cannot be renewed."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from time import monotonic
from typing import Any

import structlog

from sender_service.roles.jobs import pause
from sender_service.store import role_leases
from sender_service.store.database import Pool, acquired
from shared.messaging.errors import NeighbourAway

TTL_SECONDS = 6.0
RENEW_SECONDS = 2.0
MARGIN_SECONDS = 1.0
log = structlog.get_logger(__name__)

Work = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


async def lead(pool: Pool, role: str, owner: str, work: Work, *, stopping: asyncio.Event) -> None:
    """Stand by until the role is free, then work until it is lost or the process stops; again and again."""
    while not stopping.is_set():
        started = monotonic()
        if await _held(pool, role, owner):
            log.info("lease.taken", role=role)
            await _work_while_held(pool, role, owner, work, stopping=stopping, since=started)
        else:
            await pause(stopping, RENEW_SECONDS)


async def _work_while_held(
    pool: Pool, role: str, owner: str, work: Work, *, stopping: asyncio.Event, since: float
) -> None:
    """Raises what the work raises; the lease is released when the work has ended."""
    over = asyncio.Event()
    task = asyncio.create_task(work(over), name=f"{role} work")
    keeper = asyncio.create_task(_keep(pool, role, owner, over, stopping=stopping, since=since), name=f"{role} lease")
    try:
        await asyncio.wait((task, keeper), return_when=asyncio.FIRST_COMPLETED)
        over.set()
        await task
    finally:
        over.set()
        task.cancel()
        keeper.cancel()
        await asyncio.gather(task, keeper, return_exceptions=True)
        await _release(pool, role, owner)


async def _keep(
    pool: Pool, role: str, owner: str, over: asyncio.Event, *, stopping: asyncio.Event, since: float
) -> None:
    """Renew until stopping or lost. The lease counts from the start of the last renewal that succeeded."""
    while not stopping.is_set() and not over.is_set():
        await _first_of(stopping, over, RENEW_SECONDS)
        started = monotonic()
        if await _held(pool, role, owner):
            since = started
        elif monotonic() - since > TTL_SECONDS - MARGIN_SECONDS:
            log.warning("lease.lost", role=role)
            return


async def _held(pool: Pool, role: str, owner: str) -> bool:
    """Whether the role is ours now; a database that is away or slow counts as no."""
    try:
        async with asyncio.timeout(TTL_SECONDS - MARGIN_SECONDS - RENEW_SECONDS), acquired(pool) as conn:
            return await role_leases.hold(conn, role, owner, timedelta(seconds=TTL_SECONDS)) is not None
    except (NeighbourAway, TimeoutError):
        return False


async def _release(pool: Pool, role: str, owner: str) -> None:
    try:
        async with asyncio.timeout(RENEW_SECONDS), acquired(pool) as conn:
            await role_leases.release(conn, role, owner)
    except (NeighbourAway, TimeoutError):
        log.warning("lease.not_released", role=role)


async def _first_of(one: asyncio.Event, other: asyncio.Event, seconds: float) -> None:
    waits = [asyncio.create_task(one.wait()), asyncio.create_task(other.wait())]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
