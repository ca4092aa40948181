"""Where files are kept: a local directory, or an S3-compatible bucket. Names are ours, never the sender's."""

import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import obstore
from obstore.store import LocalStore, from_url

from shared.messaging.errors import NeighbourAway

# obstore raises Python's own errors for what is missing or forbidden, and BaseError's children for the rest.
_FAILURES: Final = (obstore.exceptions.BaseError, OSError)


class MediaStore:
    """`url` is file:<directory> or s3://<bucket>/<prefix>, with the keys of S3 in its usual environment variables."""

    def __init__(self, url: str) -> None:
        directory = url.removeprefix("file:") if url.startswith("file:") else None
        if directory is not None:
            directory = directory.removeprefix("//")
            self._store = LocalStore(prefix=str(Path(directory).absolute()), mkdir=True)
        else:
            self._store = from_url(url)  # type: ignore[assignment]

    async def put(self, path: str, chunks: AsyncIterator[bytes]) -> None:
        """Keep what comes; nothing stays when it breaks off. Raise `NeighbourAway`, or what `chunks` raises."""
        try:
            await obstore.put_async(self._store, path, chunks)
        except _FAILURES as error:
            raise NeighbourAway("media store", type(error).__name__) from error

    async def get(self, path: str) -> AsyncIterator[bytes]:
        """The bytes. Raise `FileNotFoundError` when there is no such file, else `NeighbourAway`."""
        try:
            found = await obstore.get_async(self._store, path)
            async for chunk in found.stream():
                yield bytes(chunk)
        except FileNotFoundError:
            raise
        except _FAILURES as error:
            raise NeighbourAway("media store", type(error).__name__) from error

    async def delete(self, path: str) -> None:
        """Whether it was there or not."""
        try:
            with suppress(FileNotFoundError):
                await obstore.delete_async(self._store, path)
        except _FAILURES as error:
            raise NeighbourAway("media store", type(error).__name__) from error


def new_path(organization_id: int) -> str:
    """A name nobody can guess, by organization and month."""
    return f"{organization_id}/{datetime.now(UTC):%Y/%m}/{secrets.token_hex(16)}"
