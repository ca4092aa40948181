"""Whether bytes are a JSON object, judged leniently: what Meta signed must not be lost to a parser's limits.

A strict parser refuses lone surrogates, deep nesting, large numbers, NaN and a byte order mark; those pass. This one
builds nothing and does not recurse, so that no nesting is too deep; it reads only what the strict parser refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import orjson

_BOM: Final = b"\xef\xbb\xbf"
_TOKEN: Final = re.compile(
    r"""[ \t\n\r]*(?:
        (?P<string>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")
      | (?P<value>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null|NaN|-?Infinity)
      | (?P<sign>[{}\[\]:,])
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
# What may come next, by what came last: v a value, k a key, colon, comma, the closing of the innermost bracket.
_AFTER_OPENING: Final = {"{": "k}", "[": "v]"}


def is_json_object(body: bytes) -> bool:
    """Tell whether the body is one JSON object and nothing else."""
    try:
        return isinstance(orjson.loads(body), dict)
    except orjson.JSONDecodeError:
        return _is_lenient_object(body)


def _is_lenient_object(body: bytes) -> bool:
    try:
        text = body.removeprefix(_BOM).decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return text.lstrip(" \t\n\r").startswith("{") and _is_well_formed(text)


def _is_well_formed(text: str) -> bool:
    """Follow the grammar token by token, the open brackets on a stack of our own."""
    open_brackets: list[str] = []
    expected = "v"
    for mark in _tokens(text):
        if mark == "":
            return expected == "" and not open_brackets
        if mark in "{[" and "v" in expected:
            open_brackets.append(mark)
            expected = _AFTER_OPENING[mark]
            continue
        following = _after(mark, expected, open_brackets)
        if following is None:
            return False
        expected = following
    return False


def _after(mark: str, expected: str, open_brackets: list[str]) -> str | None:
    """Say what may follow a mark that is no opening bracket; None when it may not stand here."""
    if mark in "}]" and mark in expected:
        open_brackets.pop()
        return _after_value(open_brackets)
    if mark in ",:" and mark in expected:
        return "k" if mark == "," and open_brackets[-1] == "{" else "v"
    if mark == "s" and "k" in expected:
        return ":"
    if mark in "sn" and "v" in expected:
        return _after_value(open_brackets)
    return None


def _after_value(open_brackets: list[str]) -> str:
    if not open_brackets:
        return ""
    return ",}" if open_brackets[-1] == "{" else ",]"


def _tokens(text: str) -> Iterator[str]:
    """Give each token as one mark: s a string, n another value, a sign itself, "" the end; stops at what is none."""
    position = 0
    while match := _TOKEN.match(text, position):
        position = match.end()
        kind = match.lastgroup
        yield match["sign"] if kind == "sign" else {"string": "s", "value": "n", "end": ""}[str(kind)]
        if kind == "end":
            return
