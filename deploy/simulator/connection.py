"""A lean HTTP/1.1 client connection: one POST after another, kept alive. Benchmarks share two cores with it."""

import asyncio
import ssl
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

_HEAD_MAX: Final = 65536


class Connection:
    """Opened at the first POST, and again after any failure."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.url = url
        self._host = parts.hostname or "127.0.0.1"
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        head = (f"POST {target} HTTP/1.1", f"Host: {parts.netloc}", "User-Agent: facebookexternalua", "Accept: */*", "")
        self._head = "\r\n".join(head).encode()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, body: bytes, signature: bytes, *, patience_s: float) -> int:
        """The status of the answer; OSError, TimeoutError or EOFError where there is none."""
        try:
            async with asyncio.timeout(patience_s):
                return await self._post(body, signature)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def closed(self) -> None:
        """Close, and wait until it is."""
        if self._streams is not None:
            writer = self._streams[1]
            self.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _post(self, body: bytes, signature: bytes) -> int:
        if self._streams is None or self._streams[0].at_eof():
            self._streams = await asyncio.open_connection(self._host, self._port, ssl=self._tls, limit=_HEAD_MAX)
        reader, writer = self._streams
        fields = b"Content-Type: application/json\r\nContent-Length: %d\r\nX-Hub-Signature-256: sha256=%b\r\n\r\n"
        writer.write(self._head + fields % (len(body), signature) + body)
        await writer.drain()
        return await self._answer(reader)

    async def _answer(self, reader: asyncio.StreamReader) -> int:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length, reusable = _length(head), b"\r\nconnection: close" not in head
        if length is None:
            reusable = False
        elif length:
            await reader.readexactly(length)
        if not reusable:
            self.close()
        return int(head[9:12])


def _length(head: bytes) -> int | None:
    """The body's length; None when only the end of the connection would tell it."""
    _, found, rest = head.partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if found else None
