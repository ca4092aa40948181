"""What another program puts around a message may be anything AMQP can carry: the queue goes on."""

from struct import pack

import pytest

from shared.messaging import frames, topology
from shared.messaging.connection import connect
from shared.messaging.consumer import Refused
from shared.messaging.errors import Unprocessable
from shared.messaging.publisher import Outgoing
from tests.integration.messaging.test_consumer import DEAD, QUEUE, Seen, consuming, is_empty
from tests.waiting import until

CLASS_BASIC = 60
PUBLISH = b"\x00\x3c\x00\x28"


def short(text: bytes) -> bytes:
    return bytes((len(text),)) + text


def table(name: bytes, value: bytes) -> bytes:
    content = short(name) + value
    return pack(">HI", 0x2000, len(content)) + content


def nested(deep: int) -> bytes:
    value = b"V"
    for _ in range(deep):
        value = b"A" + pack(">I", len(value)) + value
    return value


POISON = {
    "a timestamp in nanoseconds": b"\x00\x40" + pack(">Q", 1_700_000_000_000_000_000),
    "a timestamp out of range": b"\x00\x40" + pack(">Q", 2**63),
    "a timestamp out of range in a header": table(b"when", b"T" + pack(">Q", 2**63)),
    "an id that is not UTF-8": b"\x00\x80" + short(b"\xff\xfe"),
    "a correlation id that is not UTF-8": b"\x04\x00" + short(b"\xe9"),
    "a header whose name is not UTF-8": table(b"\xff" * 255, b"V"),
    "a header nested 2,000 deep": table(b"deep", nested(2_000)),
    "a double no float can hold": table(b"far", b"d" + pack(">d", 1e300)),
    "a decimal with 255 places": table(b"exact", b"D" + pack(">Bi", 255, -(2**31))),
}


async def put_raw(url: str, properties: bytes, body: bytes, routing_key: bytes = b"webhook") -> None:
    """Publish frames no library of ours would write, and see that the broker took them."""
    connection = await connect(url, "another program")
    channel = await connection.channel()
    method = PUBLISH + b"\x00\x00" + short(topology.WEBHOOKS.encode()) + short(routing_key) + b"\x00"
    head = pack(">HHQ", CLASS_BASIC, 0, len(body)) + properties
    connection.write(_framed(1, channel.number, method) + _framed(2, channel.number, head))
    connection.write(b"".join(frames.body(channel.number, body, 100_000)))
    await channel.queue_declare(QUEUE, passive=True)  # an answer: what was written before it has arrived
    await connection.close()


def _framed(kind: int, channel: int, payload: bytes) -> bytes:
    return pack(">BHI", kind, channel, len(payload)) + payload + b"\xce"


async def refuse(batch):
    return [Refused(place, Unprocessable("contract")) for place in range(len(batch))]


@pytest.mark.parametrize("name", POISON)
@pytest.mark.parametrize("deed", [None, refuse])
async def test_no_properties_whatever_stop_a_queue(*, broker, publisher, depth, name, deed):
    await put_raw(broker, POISON[name], b"poison")
    assert await publisher.publish_all([Outgoing(topology.WEBHOOKS, "webhook", b"after")]) == [None]
    seen = Seen(deed)
    async with consuming(broker, seen, publisher):
        await until(lambda: sorted(seen.handled) == [b"after", b"poison"])
        await until(lambda: is_empty(depth))
    if deed is refuse:
        letters = Seen()
        async with consuming(broker, letters, publisher, queue=DEAD):
            await until(lambda: sorted(letters.handled) == [b"after", b"poison"])


async def test_a_routing_key_that_is_no_text_stops_no_queue_either(broker, publisher):
    await put_raw(broker, b"\x00\x00", b"strange", routing_key=b"webhook.caf\xe9")
    seen = Seen()
    async with consuming(broker, seen, publisher):
        await until(lambda: seen.handled == [b"strange"])
    assert seen.batches[0][0].routing_key == "webhook.caf?"
