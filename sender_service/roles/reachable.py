"""Waiting for the database before the first work, saying so once."""

import asyncio

import structlog

from sender_service.store import installation
from sender_service.store.database import Pool
from shared.messaging.errors import NeighbourAway

PAUSE_SECONDS = 1.0
log = structlog.get_logger(__name__)


async def installation_token(pool: Pool, stopping: asyncio.Event) -> str | None:
    """This installation's token once the database is there and migrated; None when stopped meanwhile."""
    waited: str | None = None
    while not stopping.is_set():
        try:
            token = await installation.token(pool)
        except NeighbourAway:
            reason = "the database is away"
        else:
            if token is not None:
                if waited:
                    log.info("database.reached")
                return token
            reason = "the database is not migrated: run `python -m sender_service migrate`"
        if waited != reason:
            log.warning("database.awaited", reason=reason)
            waited = reason
        await _pause(stopping)
    return None


async def _pause(stopping: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(PAUSE_SECONDS):
            await stopping.wait()
    except TimeoutError:
        return
