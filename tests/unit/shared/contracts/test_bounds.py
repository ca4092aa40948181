"""What JSON may hold and Postgres or a JSON encoder may not."""

import orjson
import pytest

from shared.contracts.errors import ContractViolation
from shared.contracts.json_bounds import MAX_DEPTH, refuse_what_postgres_cannot_hold
from shared.contracts.traceparent import sound

SOUND = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def nested(levels, inner="x", *, wrap=lambda value: [value]):
    for _ in range(levels):
        inner = wrap(inner)
    return inner


def judge(value):
    refuse_what_postgres_cannot_hold(value, orjson.dumps(value))


def refusal(value):
    with pytest.raises(ContractViolation) as refused:
        judge(value)
    return str(refused.value)


@pytest.mark.parametrize("wrap", [lambda value: [value], lambda value: {"a": value}, lambda value: [1, {"a": value}]])
def test_what_is_nested_as_deeply_as_allowed_passes_and_one_level_more_does_not(wrap):
    levels = MAX_DEPTH // (2 if wrap(1) == [1, {"a": 1}] else 1)
    judge(nested(levels, wrap=wrap))
    assert refusal(nested(levels + 1, wrap=wrap)) == "body: at most 64 levels deep"


def test_an_empty_container_is_a_level_too():
    judge(nested(MAX_DEPTH - 1, inner=[]))
    judge(nested(MAX_DEPTH, inner=[]))
    assert refusal(nested(MAX_DEPTH + 1, inner=[])) == "body: at most 64 levels deep"


def test_what_is_broad_is_not_deep():
    judge([[index] for index in range(MAX_DEPTH * 3)])
    judge({"brackets": "[" * 500, "braces": "{" * 500})


@pytest.mark.parametrize(
    "value", ["\x00", "a\x00", ["a", "\x00"], {"a": "\x00"}, {"\x00": 1}, {"a": [{"b": ["c", {"d\x00": None}]}]}]
)
def test_a_nul_character_is_refused_wherever_it_stands(value):
    assert refusal(value) == "body: holds a NUL character"


@pytest.mark.parametrize("value", ["\\u0000", {"\\u0000": "\\\\u0000"}, ["\x01", 0, None, False]])
def test_what_only_looks_like_one_passes(value):
    judge(value)


@pytest.mark.parametrize(
    "broken",
    [
        "", SOUND[:-1], SOUND + "0", SOUND + "\n", "01" + SOUND[2:], SOUND.upper(), 7, None, SOUND.encode(),
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
    ],
)  # fmt: skip
def test_only_what_has_the_form_of_a_trace_is_one(broken):
    assert sound(SOUND) == SOUND
    assert sound(broken) is None
