from datetime import UTC, datetime
from decimal import Decimal

import pamqp.frame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging import frames, properties

SHORT = st.text(max_size=60)
NAME = st.text(alphabet=st.characters(codec="ascii"), min_size=1, max_size=30)


def read(written):
    """What the library's own decoder makes of our frames."""
    found = []
    while written:
        consumed, channel, frame = pamqp.frame.unmarshal(written)
        found.append((channel, frame))
        written = written[consumed:]
    return found


@given(channel=st.integers(1, 65_535), exchange=NAME, routing_key=SHORT)
def test_a_publish_is_mandatory_and_names_where_it_goes(channel, exchange, routing_key):
    [(number, frame)] = read(frames.publish(channel, exchange, routing_key))

    assert number == channel
    assert (frame.name, frame.exchange, frame.routing_key) == ("Basic.Publish", exchange, routing_key)
    assert (frame.mandatory, frame.immediate) == (True, False)


@given(
    size=st.integers(0, 2**40),
    content_type=NAME,
    message_id=SHORT,
    headers=st.dictionaries(NAME, SHORT | st.integers(-(2**31), 2**31 - 1) | st.booleans(), max_size=6),
)
def test_a_header_says_the_same_to_the_library_as_to_us(size, content_type, message_id, headers):
    written = frames.header(3, size, content_type=content_type, message_id=message_id, headers=headers)
    [(_, frame)] = read(written)
    properties = frame.properties

    assert frame.body_size == size
    assert (properties.content_type, properties.message_id) == (content_type, message_id)
    assert (properties.delivery_mode, properties.headers) == (2, headers)


def test_what_other_programs_put_into_headers_can_be_written_again():
    """The library reads a text that is not UTF-8 as bytes; a dead letter carries it on."""
    headers = {"latin": b"caf\xe9", "table": {"list": [b"\xff", 1.5, None]}, "raw": bytearray(b"\x00")}
    written = frames.header(3, 0, content_type="x", message_id="y", headers=headers)
    [(_, frame)] = read(written)

    assert frame.properties.headers == headers


@given(content=st.binary(max_size=4000), most=st.integers(1, 1500))
def test_a_body_comes_together_again_from_frames_that_fit(content, most):
    found = read(b"".join(frames.body(3, content, most)))

    assert b"".join(frame.value for _, frame in found) == content
    assert all(len(frame.value) <= most for _, frame in found)


def test_a_name_too_long_for_the_protocol_is_refused_before_anything_is_sent():
    with pytest.raises(ValueError, match="255"):
        frames.publish(1, "x", "k" * 256)


def test_a_name_as_long_as_the_protocol_takes_is_written():
    [(_, frame)] = read(frames.publish(1, "x", "k" * 255))

    assert frame.routing_key == "k" * 255


def test_the_length_of_a_name_is_counted_in_bytes():
    with pytest.raises(ValueError, match=r"^a short string has at most 255 bytes$"):
        frames.publish(1, "x", "\u00e9" * 128)


def test_texts_and_bytes_of_any_length_are_written():
    headers = {"text": "\u20ac" * 300, "bytes": b"\xff" * 300, "empty": ""}
    written = frames.header(3, 0, content_type="x", message_id="y", headers=headers)
    [(_, frame)] = read(written)

    assert frame.properties.headers == headers


def test_the_same_headers_are_written_alike_on_every_channel():
    first, second = (
        frames.header(channel, 5, content_type="x", message_id="y", headers={"a": "b"}) for channel in (1, 2)
    )

    assert (first[1:3], second[1:3]) == (b"\x00\x01", b"\x00\x02")
    assert first[3:] == second[3:]


def test_an_empty_body_needs_no_frame():
    assert list(frames.body(1, b"", 10)) == []
    assert [len(frame) for frame in frames.body(1, b"x" * 21, 10)] == [18, 18, 9]


@pytest.mark.parametrize(
    ("value", "read_as"),
    [
        (Decimal(0), Decimal(0)),
        (Decimal(7), Decimal(7)),
        (Decimal("-3.14"), Decimal("-3.14")),
        (Decimal(2**31 - 1), Decimal(2**31 - 1)),
        (Decimal(2**31), str(2**31)),
        (Decimal(-(2**31)), Decimal(-(2**31))),
        (Decimal(-(2**31) - 1), str(-(2**31) - 1)),
        (Decimal("1e-255"), Decimal("1e-255")),
        (Decimal("1e-256"), "1E-256"),
        (Decimal("1e1"), "1E+1"),
        (Decimal("inf"), "Infinity"),
        (2**31 - 1, 2**31 - 1),
        (2**31, 2**31),
        (-(2**31), -(2**31)),
        (-(2**31) - 1, -(2**31) - 1),
        (2**63 - 1, 2**63 - 1),
        (-(2**63), -(2**63)),
        (-(2**63) - 1, str(-(2**63) - 1)),
        (2**64 - 1, 2**64 - 1),
        (2**64, str(2**64)),
        (datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)),
        (datetime(1960, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_number_is_written_as_the_number_it_is_or_as_its_text(value, read_as):
    written = frames.header(3, 0, content_type="x", message_id="y", headers={"value": value})

    assert properties.read(written[19:-1]).headers == {"value": read_as}
