"""Files of customers' messages: fetched while the address lives (five minutes), checked, kept under names of ours."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, cast

import filetype  # type: ignore[import-untyped]

from sender_service.cloud_api import media as meta
from sender_service.cloud_api.graph import Graph, GraphAway, GraphRefused
from sender_service.cloud_api.media import AddressGone, MediaRefused
from sender_service.errors import TokenUnreadable, VaultClosed
from sender_service.media_store import MediaStore, new_path
from sender_service.store import media as store
from sender_service.store.database import Pool, acquired, transaction
from sender_service.store.media import Due, Stored
from sender_service.vault import Tokens
from shared import metrics
from shared.logging import get_logger
from shared.messaging.errors import NeighbourAway

EVERY_SECONDS: Final = 1.0
AT_ONCE: Final = 4
# Seconds until the next try; Meta keeps a file for seven days, so the last waits cover an outage of a day.
PAUSES: Final = (5.0, 30.0, 120.0, 600.0, 3600.0, 4 * 3600.0, 16 * 3600.0)
# Seconds until a file is tried again that our own store did not take, be it full: that uses up none of its tries.
STORE_PAUSE: Final = 60.0
# Seconds without any download after that: each would be fetched from Meta in vain.
AWAY_SECONDS: Final = 5.0
# filetype looks no further.
_HEAD: Final = 262

_log = get_logger(__name__)


@dataclass(slots=True)
class _Passed:
    """What is learnt of a file while it passes."""

    size: int = 0
    head: bytes = b""
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class MediaJob:
    """Fetches what `media_files` lists; safe on any number of workers."""

    pool: Pool
    graph: Graph
    tokens: Tokens
    files: MediaStore

    async def run(self, stopping: asyncio.Event) -> None:
        """Fetch until stopped."""
        while not stopping.is_set():
            try:
                pause = 0.0 if await self.fetch_due() else EVERY_SECONDS
            except NeighbourAway as error:
                _log.warning("media.waiting", error=str(error))
                pause = AWAY_SECONDS
            if pause:
                await _pause(stopping, pause)

    async def fetch_due(self) -> int:
        """Fetch the files whose turn has come, a few at a time; how many were tried.

        Raises `NeighbourAway` when our own store took one of them not, after each outcome was written.
        """
        async with transaction(self.pool) as conn:
            due = await store.take(conn, AT_ONCE)
        for away in await asyncio.gather(*(self._fetch(one) for one in due)):
            if away is not None:
                raise away
        return len(due)

    async def forget_old(self, days: int, limit: int = 500) -> int:
        """Delete files kept longer than so many days; how many."""
        async with acquired(self.pool) as conn:
            expired = await store.take_expired(conn, days, limit)
            for one in expired:
                await self.files.delete(one.path)
                await store.forget(conn, one)
        return len(expired)

    async def _fetch(self, due: Due) -> NeighbourAway | None:
        """One try at one file; its outcome is written in any case. What our own store said if it did not take it."""
        try:
            kept = await self._keep(due)
        except MediaRefused as error:
            await self._failed(due, str(error), again_in=None)
        except (AddressGone, GraphAway, GraphRefused, TokenUnreadable, VaultClosed) as error:
            await self._failed(due, str(error), again_in=_again_in(due.tries))
        except NeighbourAway as error:
            await self._failed(due, str(error), again_in=STORE_PAUSE, counts=False)
            return error
        else:
            async with acquired(self.pool) as conn:
                await store.stored(conn, due, kept)
            metrics.MEDIA_DOWNLOADS.labels("stored").inc()
            _log.info("media.stored", organization_id=due.organization_id, media_id=due.id, size=kept.size)
        return None

    async def _failed(self, due: Due, error: str, *, again_in: float | None, counts: bool = True) -> None:
        async with acquired(self.pool) as conn:
            await store.failed(conn, due, error, again_in, counts=counts)
        metrics.MEDIA_DOWNLOADS.labels("failed" if again_in is None else "later").inc()
        _log.warning("media.not_stored", organization_id=due.organization_id, media_id=due.id, error=error)

    async def _keep(self, due: Due) -> Stored:
        """Fetch by a fresh address; once more by another when it had expired already."""
        token = self.tokens.of(business_account_id=due.business_account_id or "", encrypted=due.tokens)
        if token is None:
            raise GraphAway("the number has no token")
        try:
            return await self._download(due, token)
        except AddressGone:
            return await self._download(due, token)

    async def _download(self, due: Due, token: str) -> Stored:
        place = await meta.address(self.graph, due.meta_id, token, due.phone_number_id)
        path = new_path(due.organization_id)
        passed = _Passed()
        # Closed at once when the shelf breaks off, so that the connection does not wait for the garbage collector.
        download = cast("AsyncGenerator[bytes]", meta.download(self.graph, place, token))
        async with aclosing(download) as chunks:
            await self.files.put(path, _watched(chunks, due, passed))
        sniffed = filetype.guess_mime(passed.head)
        return Stored(path, passed.size, passed.digest, sniffed, _oddity(due.mime_type or place.mime_type, sniffed))


async def _watched(chunks: AsyncIterator[bytes], due: Due, passed: _Passed) -> AsyncIterator[bytes]:
    """The same bytes, measured; other bytes than the webhook announced are refused."""
    digest = sha256()
    async for chunk in chunks:
        passed.size += len(chunk)
        passed.head += chunk[: _HEAD - len(passed.head)] if len(passed.head) < _HEAD else b""
        digest.update(chunk)
        yield chunk
    passed.digest = digest.digest()
    if due.sha256 is not None and passed.digest != due.sha256:
        raise MediaRefused("the bytes do not match the sha256 of the webhook")


def _oddity(declared: str, sniffed: str | None) -> str | None:
    """A file whose content is of another kind than it was declared: kept, but told."""
    kind = declared.partition("/")[0]
    if sniffed is None or kind == "application" or sniffed.partition("/")[0] == kind:
        return None
    return f"declared as {declared}, looks like {sniffed}"


def _again_in(tries: int) -> float | None:
    return PAUSES[tries - 1] if tries <= len(PAUSES) else None


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
