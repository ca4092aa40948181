import json

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingress_service.lenient import _is_lenient_object, is_json_object

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b' \t\r\n{"a":1} \n',
        b'{"text":"\\ud800"}',
        b'{"text":"\xed\xa0\x80"}',
        b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
        b'{"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b'{"n":' + b"9" * 10_000 + b"}",
        b'{"n":-1e99999}',
        b' \t\r\n{"n":NaN} \t\r\n',
        b'{"n":NaN,"m":-Infinity,"o":Infinity}',
        b'\xef\xbb\xbf{"a":[1,2,{"b":null}],"c":true}',
        b'{"\\u0000":"\\n\\/\\"","":[]}',
    ],
)
def test_what_a_strict_parser_refuses_for_its_own_limits_is_an_object_all_the_same(body):
    assert is_json_object(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b'"text"',
        b"1",
        b"NaN",
        b"{",
        b"}",
        b"{]",
        b'{"a"}',
        b'{"a":}',
        b'{"a":1,}',
        b'{,"a":1}',
        b'{"a":1 "b":2}',
        b'{"a":1}{"b":2}',
        b'{"a":1}x',
        b'{"a":[1,]}',
        b'{"a":[1 2]}',
        b'{"a":[1}',
        b"{'a':1}",
        b"{a:1}",
        b'{"a":01}',
        b'{"a":+1}',
        b'{"a":1.}',
        b'{"a":"\\x"}',
        b'{"a":"\x01"}',
        b'{"a":"\xff"}',
        b'{"a":1}\x00',
        b'{"a":tru}',
        b"\xff\xfe{\x00}\x00",
        b"object=whatsapp_business_account",
        b"<xml/>",
        b'{"a":' * 20_000,
    ],
)
def test_what_is_no_json_object_is_none_however_leniently_judged(body):
    assert not is_json_object(body)
    assert not _is_lenient_object(body)


@given(JSON)
def test_the_lenient_judgement_agrees_with_the_standard_parser(value):
    body = json.dumps(value).encode()

    assert _is_lenient_object(body) is isinstance(value, dict)
    assert is_json_object(body) is isinstance(value, dict)


@settings(max_examples=150)
@given(
    value=st.dictionaries(st.text(max_size=5), JSON, max_size=3),
    place=st.integers(0),
    junk=st.sampled_from(b'{}[],:"\\x1e+ '),
)
def test_a_damaged_object_is_judged_as_the_standard_parser_judges_it(value, place, junk):
    body = bytearray(json.dumps(value).encode())
    body[place % len(body)] = junk
    try:
        expected = isinstance(json.loads(bytes(body)), dict)
    except ValueError:
        expected = False

    assert _is_lenient_object(bytes(body)) is expected


@given(st.binary(max_size=300))
def test_no_bytes_break_the_judgement(body):
    verdict = is_json_object(body)

    try:
        assert verdict is isinstance(orjson.loads(body), dict)
    except orjson.JSONDecodeError:
        assert verdict is _is_lenient_object(body)
