"""The frame around updates: object, entry, change, value, metadata."""

import time
from typing import Any

import orjson

from deploy.simulator.numbers import Numbers


class Envelopes:
    """Writes webhook bodies; the frame of a number is written once."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._heads: dict[str, bytes] = {}

    def clear(self) -> None:
        self._heads.clear()

    def statuses(self, number_id: str, updates: list[bytes]) -> bytes:
        """One change with those statuses, already written as JSON."""
        return b"".join((self._head(number_id), b'"statuses":[', b",".join(updates), b']},"field":"messages"}]}]}'))

    def value(self, number_id: str, fields: dict[str, Any]) -> bytes:
        """One change of field messages with those fields beside the metadata."""
        return self._head(number_id) + orjson.dumps(fields)[1:-1] + b'},"field":"messages"}]}]}'

    def field(self, waba_id: str, name: str, value: dict[str, Any]) -> bytes:
        """One change of any other field; those carry the entry's time."""
        entry = {"id": waba_id, "time": int(time.time()), "changes": [{"field": name, "value": value}]}
        return orjson.dumps({"entry": [entry], "object": "whatsapp_business_account"})

    def _head(self, number_id: str) -> bytes:
        head = self._heads.get(number_id)
        if head is None:
            head = self._heads[number_id] = self._write_head(number_id)
        return head

    def _write_head(self, number_id: str) -> bytes:
        number = self._numbers.get(number_id) or self._numbers.add(number_id)
        metadata = orjson.dumps({"display_phone_number": number.digits, "phone_number_id": number_id})
        return (
            b'{"object":"whatsapp_business_account","entry":[{"id":'
            + orjson.dumps(number.waba_id)
            + b',"changes":[{"value":{"messaging_product":"whatsapp","metadata":'
            + metadata
            + b","
        )
