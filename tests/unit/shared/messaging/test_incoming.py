"""The stream the library reads: deliveries go past it to who consumes them, all else comes as it came."""

import asyncio
from functools import partial
from struct import pack

import pamqp.frame
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp import commands, header
from pamqp.heartbeat import Heartbeat

from shared.messaging import properties
from shared.messaging.incoming import Delivered, Incoming


def short(text: bytes) -> bytes:
    return bytes((len(text),)) + text


def framed(kind: int, channel: int, payload: bytes) -> bytes:
    return pack(">BHI", kind, channel, len(payload)) + payload + b"\xce"


def delivery(
    exchange: bytes, routing_key: bytes, tag: int = 1, channel: int = 1, *, redelivered: bool = False
) -> bytes:
    payload = b"\x00\x3c\x00\x3c" + short(b"ctag") + pack(">QB", tag, redelivered)
    return framed(1, channel, payload + short(exchange) + short(routing_key))


def head(raw: bytes = b"\x00\x00", size: int = 2, channel: int = 1) -> bytes:
    return framed(2, channel, pack(">HHQ", 60, 0, size) + raw)


def body(content: bytes, channel: int = 1) -> bytes:
    return framed(3, channel, content)


class Clock:
    """Goes on by so much each time it is asked."""

    def __init__(self, step: float = 0.0) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def _note(delivered: list[tuple[int, Delivered]], channel: int, message: Delivered) -> None:
    delivered.append((channel, message))


async def read(*chunks: bytes, channels: tuple[int, ...] = (1,), step: float = 0.0):
    """What the consumers of these channels get, and what the library makes of the rest, read as it reads."""
    source = asyncio.StreamReader()
    for chunk in chunks:
        source.feed_data(chunk)
    source.feed_eof()
    stream, rest = Incoming(source, Clock(step)), []
    delivered: list[tuple[int, Delivered]] = []
    for channel in channels:
        stream.consume(channel, partial(_note, delivered, channel))
    try:
        while not stream.at_eof():
            start = await stream.readexactly(1) + await stream.readexactly(6)
            _, _, size = pamqp.frame.frame_parts(start)
            rest.append(pamqp.frame.unmarshal(start + await stream.readexactly((size or 0) + 1))[1:])
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
    return delivered, rest


async def test_a_delivery_goes_to_its_consumer_and_the_library_sees_nothing_of_it():
    sent = delivery(b"whatsapp.webhooks", b"webhook", tag=2**63 - 1, redelivered=True), head(b"\x00\x80" + short(b"id"))
    [(_, message)], rest = await read(*sent, body(b"{}"))
    assert message == Delivered(2**63 - 1, True, "whatsapp.webhooks", "webhook", b"\x00\x80" + short(b"id"), b"{}")
    assert not rest


async def test_a_message_with_a_timestamp_no_calendar_knows_can_be_read():
    [(_, message)], _ = await read(
        delivery(b"x", b"k"), head(b"\x00\xc0" + short(b"id") + pack(">Q", 2**63)), body(b"{}")
    )
    assert properties.read(message.properties).message_id == "id"


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [
        (b"send.bulk.1", "send.bulk.1"),
        ("città".encode(), "città"),
        (b"citt\xe0", "citt?"),
        (b"\xff" * 255, "?" * 255),
        (b"", ""),
    ],
)
async def test_a_routing_key_is_text_as_long_as_it_was(sent, read_as):
    [(_, message)], _ = await read(delivery(b"whatsapp.commands", sent), head(size=0))
    assert (message.exchange, message.routing_key, message.body) == ("whatsapp.commands", read_as, b"")


async def test_deliveries_of_two_channels_are_told_apart_however_their_frames_mix():
    delivered, rest = await read(
        delivery(b"x", b"one", tag=1, channel=1),
        delivery(b"x", b"two", tag=7, channel=2),
        head(size=4, channel=2),
        head(size=3, channel=1),
        body(b"ab", channel=2),
        body(b"one", channel=1),
        body(b"cd", channel=2),
        channels=(1, 2),
    )
    assert [(channel, message.tag, message.body) for channel, message in delivered] == [(1, 1, b"one"), (2, 7, b"abcd")]
    assert not rest


async def test_what_is_no_delivery_passes_untouched():
    returned = pamqp.frame.marshal(commands.Basic.Return(312, "NO_ROUTE", "x", "k"), 1)
    described = pamqp.frame.marshal(header.ContentHeader(0, 2, commands.Basic.Properties(message_id="m")), 1)
    beat = Heartbeat().marshal()
    delivered, rest = await read(returned, described, body(b"{}"), beat, delivery(b"x", b"k"), head(), body(b"ok"))
    [(_, method), (channel, header_), (_, content), (_, heart)] = rest
    assert (method.name, channel, header_.properties.message_id) == ("Basic.Return", 1, "m")
    assert (content.value, heart.name) == (b"{}", "Heartbeat")
    assert [message.body for _, message in delivered] == [b"ok"]


async def test_deliveries_of_a_channel_that_nobody_consumes_are_the_library_s():
    _, rest = await read(delivery(b"x", b"k", channel=4), head(channel=4), body(b"{}", channel=4))
    assert [(channel, frame.name) for channel, frame in rest] == [
        (4, "Basic.Deliver"),
        (4, "ContentHeader"),
        (4, "ContentBody"),
    ]


async def test_while_only_deliveries_come_the_library_sees_a_heartbeat_each_second_and_does_not_hang_up():
    delivered, rest = await read(*[delivery(b"x", b"k"), head(size=0)] * 10, step=0.3)
    assert len(delivered) == 10
    assert {frame.name for _, frame in rest} == {"Heartbeat"}
    assert 3 <= len(rest) <= 6


@given(cuts=st.lists(st.integers(1, 60), max_size=12), content=st.binary(min_size=2, max_size=90))
def test_frames_come_whole_however_the_bytes_arrive(cuts, content):
    beat = Heartbeat().marshal()
    pieces = body(content[:1]) + body(content[1:])
    stream = beat + delivery(b"x", b"\xff") + head(b"\x00\x80" + short(b"\xfe"), len(content)) + pieces + beat
    chunks, rest = [], stream
    for cut in cuts:
        chunks.append(rest[:cut])
        rest = rest[cut:]
    [(_, message)], beats = asyncio.run(read(*chunks, rest))
    assert (message.routing_key, message.body) == ("?", content)
    assert properties.read(message.properties).message_id == "?"
    assert len(beats) == 2


async def test_a_frame_cut_off_by_the_end_is_said_to_be_incomplete():
    with pytest.raises(asyncio.IncompleteReadError):
        await read(delivery(b"x", b"k")[:-3])


async def test_a_broker_that_speaks_another_protocol_is_understood():
    source = asyncio.StreamReader()
    source.feed_data(b"AMQP\x00\x00\x09\x01")
    source.feed_eof()
    stream = Incoming(source)
    assert await stream.readexactly(1) + await stream.readexactly(6) == b"AMQP\x00\x00\x09"
    assert await stream.read() == b"\x01"
    assert await stream.read() == b""
    assert stream.at_eof()
