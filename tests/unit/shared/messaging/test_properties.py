"""Whatever stands in a message's properties is read, and can be written into a dead letter."""

import math
from datetime import UTC, datetime
from decimal import Decimal
from struct import pack

import pamqp.frame
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp.header import ContentHeader

from shared.messaging import frames, properties


def short(text: bytes) -> bytes:
    return bytes((len(text),)) + text


def table(*entries: bytes) -> bytes:
    content = b"".join(entries)
    return pack(">I", len(content)) + content


def read_headers(*entries: bytes):
    return properties.read(b"\x20\x00" + table(*entries)).headers


def test_the_properties_of_our_own_publishes_are_read():
    written = frames.header(1, 5, content_type="application/json", message_id="m-1", headers={"app": "shop", "n": 7})
    found = properties.read(written[19:-1])
    assert (found.content_type, found.message_id, found.headers) == ("application/json", "m-1", {"app": "shop", "n": 7})


def test_every_property_before_the_message_id_is_passed_over():
    raw = b"\xff\x80" + short(b"text/plain") + short(b"gzip") + table(short(b"a") + b"t\x01") + b"\x02\x09"
    raw += short(b"correlation") + short(b"reply") + short(b"6000") + short(b"id")
    assert properties.read(raw) == properties.Properties("text/plain", "id", {"a": True})


@pytest.mark.parametrize("raw", [b"", b"\x00", b"\x80\x00", b"\x80\x00\x05ab", b"\x20\x00\x00\x00\x00\x09\x01a"])
def test_what_is_cut_short_ends_the_reading(raw):
    assert properties.read(raw).message_id is None


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (b"t\x01", True),
        (b"b\xff", -1),
        (b"B\xff", 255),
        (b"s" + pack(">h", -2), -2),
        (b"u" + pack(">H", 2), 2),
        (b"I" + pack(">i", -3), -3),
        (b"i" + pack(">I", 3), 3),
        (b"l" + pack(">q", -4), -4),
        (b"L" + pack(">q", 4), 4),
        (b"f" + pack(">f", 0.5), 0.5),
        (b"d" + pack(">d", 1e300), 1e300),
        (b"D" + pack(">Bi", 2, 314), Decimal("3.14")),
        (b"D" + pack(">Bi", 255, -(2**31)), Decimal(-(2**31)).scaleb(-255)),
        (b"T" + pack(">Q", 0), datetime(1970, 1, 1, tzinfo=UTC)),
        (b"T" + pack(">Q", 1_700_000_000_000_000_000), 1_700_000_000_000_000_000),
        (b"T" + pack(">Q", 2**64 - 1), 2**64 - 1),
        (b"S" + pack(">I", 3) + b"caf", "caf"),
        (b"S" + pack(">I", 4) + b"caf\xe9", b"caf\xe9"),
        (b"x" + pack(">I", 1) + b"\x00", bytearray(b"\x00")),
        (b"V", None),
        (b"A" + table(b"t\x00", b"V"), [False, None]),
        (b"F" + table(short(b"k") + b"t\x01"), {"k": True}),
    ],
)
def test_a_value_is_read_as_what_it_is_and_written_as_that_again(written, value):
    headers = read_headers(short(b"before") + b"V", short(b"x") + written, short(b"after") + b"t\x01")
    assert headers == {"before": None, "x": value, "after": True}
    again = frames.header(1, 0, content_type="x", message_id="y", headers=headers)
    assert properties.read(again[19:-1]).headers == headers


def test_names_that_are_no_text_stay_as_long_as_they_were():
    headers = read_headers(short(b"\xff" * 255) + b"V")
    assert headers == {"?" * 255: None}
    frames.header(1, 0, content_type="x", message_id="y", headers=headers)


def test_an_unheard_of_type_ends_its_table_and_nothing_else():
    headers = read_headers(short(b"a") + b"F" + table(short(b"b") + b"V", short(b"c") + b"?what"), short(b"d") + b"V")
    assert headers == {"a": {"b": None}, "d": None}


def test_nesting_ends_somewhere():
    content = b"V"
    for _ in range(5_000):
        content = b"A" + pack(">I", len(content)) + content
    value = read_headers(short(b"deep") + content)["deep"]
    depth = 0
    while isinstance(value, list):
        value, depth = value[0], depth + 1
    assert (depth, type(value)) == (properties.MOST_DEEP, bytearray)


@given(raw=st.binary(max_size=300), flags=st.integers(0, 0xFFFF))
def test_no_bytes_whatever_make_the_reading_fail_and_all_that_is_read_can_be_written(raw, flags):
    found = properties.read(pack(">H", flags) + raw)
    frames.header(1, 0, content_type=found.content_type or "", message_id=found.message_id or "", headers=found.headers)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.binary(max_size=9).map(bytearray),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=20,
)


@given(headers=st.dictionaries(st.text(max_size=9), VALUES, max_size=5))
def test_we_read_what_the_library_reads(headers):
    written = frames.header(1, 0, content_type="x", message_id="y", headers=headers)
    _, _, frame = pamqp.frame.unmarshal(written)
    assert isinstance(frame, ContentHeader)
    assert properties.read(written[19:-1]).headers == frame.properties.headers == headers


def test_what_no_type_of_the_protocol_holds_is_written_as_text():
    headers = {"big": 2**80, "exact": Decimal("1e300"), "none": Decimal("nan"), "far": math.inf, "odd": (1, 2)}
    again = frames.header(1, 0, content_type="x", message_id="y", headers=headers)
    assert properties.read(again[19:-1]).headers == {
        "big": str(2**80), "exact": "1E+300", "none": "NaN", "far": math.inf, "odd": "(1, 2)"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "value"),
    [
        (2**32 - 1, datetime(2106, 2, 7, 6, 28, 15, tzinfo=UTC)),
        (2**32, 2**32),
    ],
)
def test_a_moment_is_one_as_long_as_it_can_be_meant_in_seconds(seconds, value):
    assert read_headers(short(b"x") + b"T" + pack(">Q", seconds)) == {"x": value}


@pytest.mark.parametrize("flag", [0x4000, 0x1000, 0x0800, 0x0400, 0x0200, 0x0100])
def test_each_property_before_the_message_id_is_passed_over_alone(flag):
    passed = b"\x02" if flag in (0x1000, 0x0800) else short(b"other")
    assert properties.read(pack(">H", flag | 0x0080) + passed + short(b"id")).message_id == "id"


def test_what_is_not_there_is_nothing():
    assert properties.read(b"\x00\x00") == properties.Properties(None, None, {})
    assert properties.read(b"\x80\x00" + short(b"")).content_type == ""


def test_what_was_read_before_the_end_is_kept():
    cut = b"\xa0\x80" + short(b"text/plain") + table(short(b"a") + b"V") + b"\x05ab"
    assert properties.read(cut) == properties.Properties("text/plain", "ab", {"a": None})
    assert properties.read(b"\xa0\x80" + short(b"text/plain")) == properties.Properties("text/plain", None, {})


@pytest.mark.parametrize("cut", [b"", b"\x01", b"\x01b", b"\x01bI\x00", b"\x01b?"])
def test_a_table_is_read_up_to_what_is_broken(cut):
    assert read_headers(short(b"a") + b"t\x01" + cut)["a"] is True


@pytest.mark.parametrize("cut", [b"", b"I\x00", b"?"])
def test_an_array_is_read_up_to_what_is_broken(cut):
    assert read_headers(short(b"a") + b"A" + table(b"t\x01" + cut), short(b"z") + b"V") == {"a": [True], "z": None}


def test_tables_within_arrays_count_as_levels_too():
    content, levels = b"V", properties.MOST_DEEP
    for level in range(levels):
        content = b"A" + table(content) if level % 2 else b"F" + table(short(b"k") + content)
    value = read_headers(short(b"deep") + content)["deep"]
    for _ in range(levels):
        value = value[0] if isinstance(value, list) else value["k"]
    assert value is None
