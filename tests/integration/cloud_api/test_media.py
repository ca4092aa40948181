"""Media at Meta, through the simulator."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from yarl import URL

from sender_service.cloud_api import media
from sender_service.cloud_api.graph import GraphAway, GraphRefused
from sender_service.cloud_api.media import AddressGone, MediaRefused

NUMBER = "106540352242922"
CONTENT = b"%PDF-1.4 " + b"x" * 200_000


async def chunks(content: bytes = CONTENT, size: int = 30_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def uploaded(graph, mime_type: str = "application/pdf") -> str:
    return await media.upload(graph, NUMBER, "token", content=chunks(), mime_type=mime_type, filename="receta.pdf")


async def fetched(graph, place: media.Address, **bounds: int) -> bytes:
    return b"".join([chunk async for chunk in media.download(graph, place, "token", **bounds)])


async def test_what_is_uploaded_can_be_downloaded(graph):
    media_id = await uploaded(graph)
    place = await media.address(graph, media_id, "token", NUMBER)
    assert (place.mime_type, place.size) == ("application/pdf", len(CONTENT))
    assert place.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert await fetched(graph, place) == CONTENT


async def test_meta_refuses_a_kind_it_does_not_know(graph):
    with pytest.raises(GraphRefused) as caught:
        await uploaded(graph, "application/zip")
    assert caught.value.code == 100


async def test_a_deleted_file_is_gone(graph):
    media_id = await uploaded(graph)
    await media.delete(graph, media_id, "token")
    with pytest.raises(GraphRefused):
        await media.address(graph, media_id, "token")


async def test_an_address_expires(meta, graph):
    media_id = await uploaded(graph)
    meta.world.options.media_url_ttl_s = -1.0
    place = await media.address(graph, media_id, "token")
    with pytest.raises(AddressGone):
        await fetched(graph, place)
    meta.world.options.media_url_ttl_s = 300.0
    assert await fetched(graph, await media.address(graph, media_id, "token")) == CONTENT


async def test_a_download_without_the_token_is_away(graph):
    place = await media.address(graph, await uploaded(graph), "token")
    with pytest.raises(GraphAway, match="HTTP 401"):
        [chunk async for chunk in media.download(graph, place, "")]


async def test_a_file_longer_than_allowed_is_cut_off(graph):
    place = await media.address(graph, await uploaded(graph), "token")
    assert await fetched(graph, place, most=len(CONTENT)) == CONTENT
    with pytest.raises(MediaRefused, match=f"at most {len(CONTENT) - 1} bytes"):
        await fetched(graph, place, most=len(CONTENT) - 1)


async def test_other_bytes_than_announced_are_refused(graph):
    place = await media.address(graph, await uploaded(graph), "token")
    with pytest.raises(MediaRefused, match="do not match"):
        await fetched(graph, replace(place, sha256="0" * 64))
    with pytest.raises(MediaRefused, match=f"7 bytes were announced, {len(CONTENT)} came"):
        await fetched(graph, replace(place, size=7))
    assert await fetched(graph, replace(place, size=0, sha256="")) == CONTENT


async def test_a_download_that_breaks_off_is_away(meta, graph):
    place = await media.address(graph, await uploaded(graph), "token")
    meta.world.faults.add({"fault": "media_cut", "after_bytes": 1000})
    with pytest.raises(GraphAway):
        await fetched(graph, place)


async def test_the_token_goes_to_meta_alone(graph):
    place = media.Address("https://evil.example/x", "image/png", "", 0)
    with pytest.raises(MediaRefused, match="not one of Meta's"):
        await fetched(graph, place)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", True),
        ("https://scontent.fbcdn.net/x", True),
        ("https://mmg.whatsapp.net/x", True),
        ("https://graph.facebook.com/x", True),
        ("http://lookaside.fbsbx.com/x", False),
        ("https://lookaside.fbsbx.com.evil.example/x", False),
        ("https://evilfbsbx.com/x", False),
        ("http://169.254.169.254/latest", False),
        ("https://10.0.0.1/x", False),
        ("http://127.0.0.1:8082/x", True),
        ("http://127.0.0.1:5432/x", False),
        ("https://127.0.0.1:8082/x", False),
        ("ftp://127.0.0.1/x", False),
        ("https://[::ffff:10.0.0.1]/x", False),
        ("https://[::1]/x", False),
        ("https://2130706433/x", False),
        ("https://lookaside.fbsbx.com@10.0.0.1/x", False),
        ("https://10.0.0.1#.fbsbx.com", False),
        ("https://lookaside.fbsbx.com:8443/x", False),
        ("https://[", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_metas_hosts_and_the_graph_api_are_fetched_from(url, allowed):
    assert media.may_fetch(url, URL("http://127.0.0.1:8082")) is allowed


def test_the_token_never_goes_to_meta_in_clear_text():
    assert media.may_fetch("http://graph.facebook.com/x", URL("https://graph.facebook.com")) is False
