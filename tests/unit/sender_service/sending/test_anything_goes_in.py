"""Whatever a publisher sends decodes or violates the contract, is within limits or not, and nothing else happens."""

from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sender_service.phone import NotAPhoneNumber, fold, normalize
from sender_service.sending.guards import Facts, Refusal, refusal
from sender_service.sending.limits import Invalid, check
from sender_service.sending.payload import build, request
from sender_service.sending.template_text import rendered
from sender_service.sending.templates import StoredTemplate
from sender_service.sending.text import words
from shared.contracts.errors import ContractViolation
from shared.contracts.send_message import SendMessage, decode

GOLDEN = [
    orjson.loads(path.read_bytes())["command"]
    for path in sorted((Path(__file__).parents[3] / "data/contracts/send_message").glob("*.json"))
]
STORED = StoredTemplate(
    name="t",
    language="es",
    components=[
        {"type": "HEADER", "format": "IMAGE"},
        {"type": "BODY", "text": "{{1}} {{2}}"},
        {"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://x.y/{{1}}"}]},
        {"type": "CAROUSEL", "cards": [{"components": [{"type": "BODY", "text": "{{1}}"}]}]},
    ],
)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=30)
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner), max_leaves=6
)


@st.composite
def commands(draw: st.DrawFn) -> bytes:
    """A golden command with up to three places replaced by anything."""
    command = deepcopy(draw(st.sampled_from(GOLDEN)))
    for _ in range(draw(st.integers(0, 3))):
        owner, key = draw(st.sampled_from(places(command)))
        owner[key] = draw(ANYTHING)
    return orjson.dumps(command)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a document that can be set."""
    if not isinstance(value, dict | list):
        return []
    keys = list(value) if isinstance(value, dict) else range(len(value))
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


def decoded(body: bytes) -> SendMessage | None:
    try:
        return decode(body)
    except ContractViolation:
        return None


def judge(command: SendMessage) -> None:
    """As accepting does: limits first, then the guards."""
    try:
        check(command)
    except Invalid:
        return
    facts = Facts(now=NOW, template=STORED if command.type == "template" else None)
    found = refusal(command.type, command.content, facts)
    assert found is None or isinstance(found, Refusal)


@given(body=commands())
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_a_command_changed_at_will_is_judged_and_written_without_an_accident(body):
    command = decoded(body)
    if command is None:
        return
    judge(command)
    said = words(command, STORED)
    assert said is None or isinstance(said, str)
    if command.type == "template":
        assert isinstance(rendered(command.content, None), str)
    orjson.dumps(build(request(command, None), "t.1.1"))


@given(body=st.binary(max_size=200))
@settings(max_examples=200)
def test_bytes_that_are_no_command_are_a_violation(body):
    assert decoded(body) is None


@given(text=st.text(max_size=40), country=st.none() | st.sampled_from(["US", "MX", "IT", "52", "+1", "ZZ", "", "x"]))
@settings(max_examples=300)
def test_any_text_is_a_number_or_too_short_or_too_long(text, country):
    try:
        digits = normalize(text, country).digits
    except NotAPhoneNumber:
        return
    assert 7 <= len(digits) <= 15
    assert digits.isascii()
    assert digits.isdigit()
    assert fold(fold(digits)) == fold(digits)


@given(digits=st.from_regex(r"([1-9][0-9]{0,5}|[1-9][0-9]{15,20})", fullmatch=True))
@settings(max_examples=100)
def test_too_few_and_too_many_digits_are_counted(digits):
    with pytest.raises(NotAPhoneNumber) as caught:
        normalize(f"+{digits}")
    assert caught.value.digits == len(digits)


@given(digits=st.from_regex(r"[1-9][0-9]{9,14}", fullmatch=True))
@settings(max_examples=300)
def test_with_a_plus_sign_digits_are_what_was_typed(digits):
    assert normalize(f"+{digits}", "MX").digits == digits
