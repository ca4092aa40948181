"""What becomes of an accepted message, reported by status webhooks.

Each stage (sent, delivered, read) has a constant delay, so a queue per stage is already ordered by time: no timer per
message.
"""

import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

import orjson

from deploy.simulator.envelope import Envelopes
from deploy.simulator.ledger import Ledger
from deploy.simulator.options import Options
from deploy.simulator.webhooks import Webhooks

_TICK_S: Final = 0.01
_SERVICE: Final = b',"pricing":{"billable":true,"pricing_model":"PMP","category":"service","type":"regular"}'
_UTILITY: Final = b',"pricing":{"billable":true,"pricing_model":"PMP","category":"utility","type":"regular"}'
_STATUS: Final = b'{"id":"%b","status":"%b","timestamp":"%d",%b%b%b%b}'


@dataclass(slots=True)
class Stage:
    """One status and those waiting for it, as (due, order)."""

    name: str
    delay_s: float
    waiting: deque[tuple[float, int]]


class Statuses:
    """Turns accepted messages into batches of updates per number."""

    def __init__(self, options: Options, ledger: Ledger, webhooks: Webhooks, envelopes: Envelopes) -> None:
        self._options, self._ledger, self._webhooks, self._envelopes = options, ledger, webhooks, envelopes
        self._failures: dict[int, dict[str, Any]] = {}
        self.made = 0
        self.clear()

    def clear(self) -> None:
        self._stages: list[Stage] = []
        self._failed: deque[tuple[float, int]] = deque()
        self._failures.clear()
        self.reconfigure()

    def reconfigure(self) -> None:
        """Take over the options; what already waits in a stage goes on waiting."""
        waiting = {stage.name: stage.waiting for stage in self._stages}
        names = [name for name in self._options.statuses.split(",") if name]
        delay = self._options.status_delay_s
        self._stages = [
            Stage(name, delay * (place + 1), waiting.get(name, deque())) for place, name in enumerate(names)
        ]

    def expect(self, order: int, now: float) -> None:
        """A message was accepted: its statuses will follow. Reactions are only ever sent."""
        stages = self._stages[:1] if self._ledger.kind(order) == "reaction" else self._stages
        for stage in stages:
            stage.waiting.append((now + stage.delay_s, order))

    def fail(self, order: int, now: float, error: dict[str, Any]) -> None:
        """A message was accepted, and fails afterwards."""
        self._failures[order] = error
        self._failed.append((now + self._options.status_delay_s, order))

    def waiting(self) -> int:
        return sum(len(stage.waiting) for stage in self._stages) + len(self._failed)

    def flush(self, now: float) -> None:
        """Hand every update that is due to the webhooks, in batches per number."""
        due: dict[str, list[bytes]] = {}
        stamp = int(time.time())
        for stage in self._stages:
            self._collect(stage, now, stamp, due)
        while self._failed and self._failed[0][0] <= now:
            order = self._failed.popleft()[1]
            due.setdefault(self._ledger.number(order), []).append(self._failure(order, stamp))
        for number, updates in due.items():
            self._post(number, updates)

    def _collect(self, stage: Stage, now: float, stamp: int, due: dict[str, list[bytes]]) -> None:
        waiting, name = stage.waiting, stage.name.encode()
        priced = stage.name in {"sent", "delivered"}
        while waiting and waiting[0][0] <= now:
            order = waiting.popleft()[1]
            due.setdefault(self._ledger.number(order), []).append(self._status(order, name, stamp, priced=priced))

    def _status(self, order: int, name: bytes, stamp: int, *, priced: bool) -> bytes:
        who, echo = self._echo(order)
        pricing = (_UTILITY if self._ledger.kind(order) == "template" else _SERVICE) if priced else b""
        return _STATUS % (self._ledger.wamid(order).encode(), name, stamp, who, echo, pricing, b"")

    def _failure(self, order: int, stamp: int) -> bytes:
        who, echo = self._echo(order)
        errors = b',"errors":' + orjson.dumps([self._failures.pop(order)])
        return _STATUS % (self._ledger.wamid(order).encode(), b"failed", stamp, who, echo, b"", errors)

    def _echo(self, order: int) -> tuple[bytes, bytes]:
        to, callback = self._ledger.addressee(order)
        key = b'"recipient_id":' if to.isdigit() else b'"recipient_user_id":'
        echo = b"" if callback is None else b',"biz_opaque_callback_data":' + orjson.dumps(callback)
        return key + orjson.dumps(to), echo

    def _post(self, number: str, updates: list[bytes]) -> None:
        self.made += len(updates)
        most = max(1, min(1000, self._options.updates_per_webhook))
        for start in range(0, len(updates), most):
            batch = updates[start : start + most]
            self._webhooks.post(self._envelopes.statuses(number, batch), updates=len(batch), number=number)
