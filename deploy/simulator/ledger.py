"""The independent record of every message Meta's part processed, compact enough for millions.

One message costs about 100 bytes: numbers in arrays, texts in one growing byte string with offsets.
"""

import secrets
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from deploy.simulator.labels import Labels

ANSWERED: Final = "answered"
_SEPARATOR: Final = b"\x1f"
_HASH_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One processed message. `order` counts from 0 in the order of processing; `fate` is what became of the answer."""

    order: int
    wamid: str
    monotonic: float
    wall: float
    phone_number_id: str
    to: str
    type: str
    callback_data: str | None
    body_hash: str
    fate: str

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


class Ledger:
    """Grows at its end alone. Wamids carry a token of this run: two runs against one database never share one."""

    def __init__(self) -> None:
        self._numbers, self._types, self._fates = Labels(), Labels(), Labels()
        self.clear()

    def clear(self) -> None:
        self.run = secrets.token_hex(6).upper()
        self._monotonic, self._wall = array("d"), array("d")
        self._number, self._type, self._fate = array("I"), array("B"), array("B")
        self._texts, self._ends = bytearray(), array("Q")
        self._hashes = bytearray()

    def __len__(self) -> int:
        return len(self._monotonic)

    def append(
        self,
        *,
        monotonic: float,
        wall: float,
        number: str,
        to: str,
        kind: str,
        callback: str | None,
        body_hash: bytes,
        fate: str,
    ) -> int:
        """Record one message; returns its order."""
        self._monotonic.append(monotonic)
        self._wall.append(wall)
        self._number.append(self._numbers.index(number))
        self._type.append(self._types.index(kind))
        self._fate.append(self._fates.index(fate))
        self._texts += to.encode() + (_SEPARATOR + callback.encode() if callback is not None else b"")
        self._ends.append(len(self._texts))
        self._hashes += body_hash[:_HASH_BYTES]
        return len(self._monotonic) - 1

    def wamid(self, order: int) -> str:
        return f"wamid.HBgL{self.run}{order:010X}"

    def order_of(self, wamid: str) -> int | None:
        """The order of a message of this run; None for every other id."""
        head = f"wamid.HBgL{self.run}"
        if not wamid.startswith(head):
            return None
        try:
            order = int(wamid[len(head) :], 16)
        except ValueError:
            return None
        return order if order < len(self) else None

    def addressee(self, order: int) -> tuple[str, str | None]:
        """Recipient and callback data."""
        start = self._ends[order - 1] if order else 0
        to, separator, callback = bytes(self._texts[start : self._ends[order]]).partition(_SEPARATOR)
        return to.decode(), callback.decode() if separator else None

    def number(self, order: int) -> str:
        return self._numbers.label(self._number[order])

    def kind(self, order: int) -> str:
        return self._types.label(self._type[order])

    def entry(self, order: int) -> Entry:
        to, callback = self.addressee(order)
        return Entry(
            order=order,
            wamid=self.wamid(order),
            monotonic=self._monotonic[order],
            wall=self._wall[order],
            phone_number_id=self.number(order),
            to=to,
            type=self.kind(order),
            callback_data=callback,
            body_hash=self._hashes[order * _HASH_BYTES : (order + 1) * _HASH_BYTES].hex(),
            fate=self._fates.label(self._fate[order]),
        )

    def page(
        self, *, after: int = -1, limit: int = 1000, where: dict[str, str] | None = None
    ) -> tuple[list[Entry], int | None]:
        """Entries past `after` that equal `where` in every named field, and the `after` of the next page (None at the
        end).
        """
        found: list[Entry] = []
        for entry in self._matching(after + 1, where or {}):
            if len(found) == limit:
                return found, found[-1].order
            found.append(entry)
        return found, None

    def _matching(self, start: int, where: dict[str, str]) -> Iterator[Entry]:
        """A million entries are not all written out to find one: texts and labels are compared as they are kept."""
        labelled = [
            (numbers, labels.find(where[name]))
            for name, numbers, labels in (
                ("phone_number_id", self._number, self._numbers),
                ("type", self._type, self._types),
                ("fate", self._fate, self._fates),
            )
            if name in where
        ]
        for order in self._candidates(start, where):
            if all(numbers[order] == index for numbers, index in labelled):
                entry = self.entry(order)
                if all(getattr(entry, name) == value for name, value in where.items()):
                    yield entry

    def _candidates(self, start: int, where: dict[str, str]) -> Iterable[int]:
        if "wamid" in where:
            order = self.order_of(where["wamid"])
            return [order] if order is not None and order >= start else []
        text = where.get("callback_data") or where.get("to")
        return self._holding(text.encode(), start) if text else range(start, len(self))

    def _holding(self, text: bytes, start: int) -> Iterator[int]:
        """Orders, from `start` on, in whose texts this one stands."""
        position = self._ends[start - 1] if 0 < start <= len(self) else 0
        while start < len(self) and (found := self._texts.find(text, position)) >= 0:
            order = bisect_right(self._ends, found)
            yield order
            position = self._ends[order]

    def summary(self) -> dict[str, Any]:
        """Counts by number, type and fate."""
        return {
            "messages": len(self),
            "by_number": {self._numbers.label(key): count for key, count in Counter(self._number).items()},
            "by_type": {self._types.label(key): count for key, count in Counter(self._type).items()},
            "by_fate": {self._fates.label(key): count for key, count in Counter(self._fate).items()},
            "first_monotonic": self._monotonic[0] if len(self) else None,
            "last_monotonic": self._monotonic[-1] if len(self) else None,
        }

    def repeated(self) -> dict[str, int]:
        """Callback data that stand in more than one message, and in how many: an attempt processed twice."""
        counts = Counter(callback for order in range(len(self)) if (callback := self.addressee(order)[1]) is not None)
        return {callback: count for callback, count in counts.items() if count > 1}
