"""The stream the library reads: every frame it could not decode is one that it can."""

import asyncio
from struct import pack

import pamqp.frame
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp import commands, header
from pamqp.heartbeat import Heartbeat

from shared.messaging import properties
from shared.messaging.incoming import ReadableFrames


def short(text: bytes) -> bytes:
    return bytes((len(text),)) + text


def framed(kind: int, channel: int, payload: bytes) -> bytes:
    return pack(">BHI", kind, channel, len(payload)) + payload + b"\xce"


def delivery(exchange: bytes, routing_key: bytes, tag: int = 1, channel: int = 1) -> bytes:
    payload = b"\x00\x3c\x00\x3c" + short(b"ctag") + pack(">QB", tag, 0) + short(exchange) + short(routing_key)
    return framed(1, channel, payload)


def head(raw: bytes, size: int = 2, channel: int = 1) -> bytes:
    return framed(2, channel, pack(">HHQ", 60, 0, size) + raw)


def body(content: bytes, channel: int = 1) -> bytes:
    return framed(3, channel, content)


async def frames_of(*chunks: bytes):
    """What the library makes of bytes that arrive so, read as the library reads."""
    source = asyncio.StreamReader()
    for chunk in chunks:
        source.feed_data(chunk)
    source.feed_eof()
    stream, found = ReadableFrames(source), []
    while not stream.at_eof():
        start = await stream.readexactly(1) + await stream.readexactly(6)
        _, _, size = pamqp.frame.frame_parts(start)
        found.append(pamqp.frame.unmarshal(start + await stream.readexactly(size + 1))[1:])
    return found


async def test_a_message_with_a_timestamp_no_calendar_knows_can_be_read():
    raw = b"\x00\xc0" + short(b"id") + pack(">Q", 2**63)
    [(_, method), (_, header_), (_, content)] = await frames_of(delivery(b"x", b"key"), head(raw), body(b"{}"))
    assert (method.exchange, method.routing_key, content.value) == ("x", "key", b"{}")
    assert header_.body_size == 2
    assert properties.read_properties(header_.properties.headers).message_id == "id"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (b"send.bulk.1", "send.bulk.1"),
        ("città".encode(), "città"),
        (b"citt\xe0", "citt?"),
        (b"\xff" * 255, "?" * 255),
        (b"", ""),
    ],
)
async def test_a_routing_key_is_text_as_long_as_it_was(sent, read):
    [(_, method)] = await frames_of(delivery(b"whatsapp.commands", sent, tag=0xFF00FF00FF00FF00 >> 1))
    assert (method.exchange, method.routing_key) == ("whatsapp.commands", read)
    assert method.delivery_tag == 0xFF00FF00FF00FF00 >> 1


async def test_what_is_no_delivery_passes_untouched():
    returned = pamqp.frame.marshal(commands.Basic.Return(312, "NO_ROUTE", "x", "k"), 3)
    described = pamqp.frame.marshal(header.ContentHeader(0, 2, commands.Basic.Properties(message_id="m")), 3)
    beat = Heartbeat().marshal()
    found = await frames_of(delivery(b"x", b"k", channel=4), returned, described, beat, head(b"\x00\x00", channel=4))
    [_, (_, method), (channel, properties_), (_, heart), (_, packed)] = found
    assert (method.name, channel, properties_.properties.message_id) == ("Basic.Return", 3, "m")
    assert heart.name == "Heartbeat"
    assert properties.read_properties(packed.properties.headers) == properties.Properties()


@given(cuts=st.lists(st.integers(1, 60), max_size=12), content=st.binary(min_size=1, max_size=90))
def test_frames_come_whole_however_the_bytes_arrive(cuts, content):
    stream = delivery(b"x", b"\xff") + head(b"\x00\x80" + short(b"\xfe"), len(content)) + body(content)
    chunks, rest = [], stream
    for cut in cuts:
        chunks.append(rest[:cut])
        rest = rest[cut:]
    [(_, method), (_, described), (_, said)] = asyncio.run(frames_of(*chunks, rest))
    assert (method.routing_key, said.value) == ("?", content)
    assert properties.read_properties(described.properties.headers).message_id == "?"


async def test_a_frame_cut_off_by_the_end_is_said_to_be_incomplete():
    with pytest.raises(asyncio.IncompleteReadError):
        await frames_of(delivery(b"x", b"k")[:-3])


async def test_a_broker_that_speaks_another_protocol_is_understood():
    source = asyncio.StreamReader()
    source.feed_data(b"AMQP\x00\x00\x09\x01")
    source.feed_eof()
    stream = ReadableFrames(source)
    assert await stream.readexactly(1) + await stream.readexactly(6) == b"AMQP\x00\x00\x09"
    assert await stream.read() == b"\x01"
    assert await stream.read() == b""
    assert stream.at_eof()
