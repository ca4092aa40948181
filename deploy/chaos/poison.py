"""Bodies that break parsers: what a bus may carry and no contract knows."""

import random

import orjson

DEEP = 2000
LARGE = 4 * 1024 * 1024


def bodies(source: random.Random) -> list[bytes]:
    """One of each kind, in random order."""
    kinds = [
        b"",
        b"not json",
        b"[]",
        b"null",
        b'{"object": "whatsapp_business_account"}',
        b'{"object": "whatsapp_business_account", "entry": "none"}',
        b'{"text": "\\u0000"}',
        b'{"text": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        b"\xff\xfe\x00",
        b'{"number": ' + b"9" * 5000 + b"}",
        b"[" * DEEP + b"]" * DEEP,
        orjson.dumps({"padding": "x" * LARGE}),
        _wrong_types(),
    ]
    source.shuffle(kinds)
    return kinds


def _wrong_types() -> bytes:
    message = {"from": 7, "id": ["x"], "timestamp": {}, "type": None, "text": "flat"}
    value = {"metadata": [], "messages": [message, None, 3], "statuses": {"id": 1}, "contacts": "all"}
    return orjson.dumps({"object": 1, "entry": [None, {"changes": [{"field": "messages", "value": value}, 5]}]})
