"""Media at Meta: upload, address, download.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media (an uploaded id
lives
30 days, one from a webhook 7, an address 5 minutes).
"""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import aiohttp
from yarl import URL

from sender_service.cloud_api.graph import CONNECT_SECONDS, UPLOAD_SECONDS, Graph, GraphAway
from sender_service.cloud_api.media_limits import RECEIVED_MOST

_CHUNK: Final = 64 * 1024
# Only Meta's own hosts get our token; where the Graph API answers is added for the bundled simulator.
_META_HOSTS: Final = (".fbsbx.com", ".fbcdn.net", ".whatsapp.net", ".facebook.com")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a file can be fetched for five minutes, and what it is. `sha256` is hexadecimal."""

    url: str
    mime_type: str
    sha256: str
    size: int


class AddressGone(Exception):
    """404: the address has expired or the file is gone. Ask for a new address."""


class MediaRefused(Exception):
    """The file is not fetched: a foreign host, too long, or other bytes than announced."""


async def upload(
    graph: Graph, phone_number_id: str, token: str, *, content: AsyncIterator[bytes], mime_type: str, filename: str
) -> str:
    """Stream a file to Meta; returns its id. Kind and size are checked by `media_limits.check` before."""
    form = aiohttp.FormData()
    form.add_field("messaging_product", "whatsapp")
    form.add_field("type", mime_type)
    form.add_field("file", content, filename=filename, content_type=mime_type)
    answer = await graph.call("POST", f"{phone_number_id}/media", token, data=form, seconds=UPLOAD_SECONDS)
    media_id = answer.get("id")
    if not isinstance(media_id, str) or not media_id:
        raise GraphAway("an upload without an id")
    return media_id


async def address(graph: Graph, media_id: str, token: str, phone_number_id: str | None = None) -> Address:
    """Ask where a file is; with the number, Meta checks that it belongs to it."""
    query = {"phone_number_id": phone_number_id} if phone_number_id else {}
    answer = await graph.get(media_id, token, **query)
    url = answer.get("url")
    if not isinstance(url, str) or not url:
        raise GraphAway("a medium without an address")
    size = answer.get("file_size")
    return Address(
        url=url,
        mime_type=str(answer.get("mime_type") or "application/octet-stream"),
        sha256=str(answer.get("sha256") or ""),
        size=int(size) if isinstance(size, int | str) and str(size).isdecimal() else 0,
    )


async def download(graph: Graph, place: Address, token: str, *, most: int = RECEIVED_MOST) -> AsyncIterator[bytes]:
    """The bytes, checked against size and hash as they come; the last check is made when the last chunk was taken."""
    if not may_fetch(place.url, graph.origin):
        raise MediaRefused("the address is not one of Meta's")
    timeout = aiohttp.ClientTimeout(total=UPLOAD_SECONDS, sock_connect=CONNECT_SECONDS)
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with graph.session.get(place.url, headers=headers, timeout=timeout, allow_redirects=False) as response:
            _check_status(response.status)
            async for chunk in _checked(response.content.iter_chunked(_CHUNK), place, most):
                yield chunk
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise GraphAway(type(error).__name__) from error


async def delete(graph: Graph, media_id: str, token: str) -> None:
    """Forget a file at Meta."""
    await graph.delete(media_id, token)


def may_fetch(url: str, graph_origin: URL) -> bool:
    """Is this an address our token may be sent to? Meta's hosts by https, or where the Graph API itself answers.

    A name is compared, never an address: what is private, or written as a number, is no name of Meta's.
    """
    try:
        parts = URL(url)
        if parts.origin() == graph_origin:
            return True
    except ValueError:
        return False
    host = (parts.host or "").lower()
    return parts.scheme == "https" and parts.explicit_port is None and f".{host}".endswith(_META_HOSTS)


def _check_status(status: int) -> None:
    if status == 404:
        raise AddressGone("HTTP 404")
    if status != 200:
        raise GraphAway(f"HTTP {status} for a medium")


async def _checked(chunks: AsyncIterator[bytes], place: Address, most: int) -> AsyncIterator[bytes]:
    seen, size = hashlib.sha256(), 0
    async for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise MediaRefused(f"at most {most} bytes")
        seen.update(chunk)
        yield chunk
    if place.size and size != place.size:
        raise MediaRefused(f"{place.size} bytes were announced, {size} came")
    if place.sha256 and seen.hexdigest() != place.sha256:
        raise MediaRefused("the bytes do not match their sha256")
