"""Faults on order, each reproducible: a fault draws from its own random numbers, seeded, once per request or webhook
it could strike.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

# Before Meta processes the message: nothing enters the ledger.
REFUSING: Final = frozenset({"error", "time_out", "connection_cut"})
# After it: the message is in the ledger, the answer is damaged. server_error is on either side, by `processed`.
DAMAGING: Final = frozenset({
    "accept_then_time_out", "answer_lost", "answer_cut", "server_error", "wrong_content_type", "no_id", "slow", "held",
})  # fmt: skip
STATUS: Final = frozenset({"status_failed", "status_missing"})
WEBHOOK: Final = frozenset({"webhook_lost", "webhook_duplicated", "webhook_late", "webhook_reordered"})
MEDIA: Final = frozenset({"media_url_expired", "media_missing", "media_cut"})
NAMES: Final = REFUSING | DAMAGING | STATUS | WEBHOOK | MEDIA


@dataclass(slots=True, kw_only=True)
class Fault:
    """One order. It strikes `share` of what matches, at most `count` times, after `skip` matches have passed."""

    fault: str
    phone_number_id: str | None = None
    to: str | None = None
    token: str | None = None
    share: float = 1.0
    count: int | None = None
    skip: int = 0
    seed: int | None = None
    code: int = 131000
    details: str | None = None
    status: int = 503
    processed: bool = False
    seconds: float = 5.0
    after_bytes: int = 20
    body: str | None = None
    random: Random = field(default_factory=Random)
    seen: int = 0
    struck: int = 0

    @property
    def is_before(self) -> bool:
        """Does it strike before Meta has processed the message?"""
        return self.fault in REFUSING or (self.fault == "server_error" and not self.processed)

    def strikes(self, *, number: str, to: str, token: str) -> bool:
        """Does it strike this one? Draws only for what matches."""
        if self.phone_number_id not in {None, number} or self.to not in {None, to} or self.token not in {None, token}:
            return False
        self.seen += 1
        if self.seen <= self.skip or (self.count is not None and self.struck >= self.count):
            return False
        if self.share < 1.0 and self.random.random() >= self.share:
            return False
        self.struck += 1
        return True

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__ if name != "random"}


class Faults:
    """All orders in force, in the order they were given; the first that strikes wins."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._ordered = 0
        self.orders: list[Fault] = []

    def add(self, raw: dict[str, Any]) -> Fault:
        """Take an order as `POST /_sim/faults` has it; ValueError says what is wrong with it."""
        fields = _normalized(raw)
        try:
            fault = Fault(**fields)
        except TypeError as error:
            raise ValueError(str(error).rpartition(") ")[2]) from None
        _check(fault)
        self._ordered += 1
        fault.random = Random(f"{self._seed}:{self._ordered}" if fault.seed is None else f"own:{fault.seed}")
        self.orders.append(fault)
        return fault

    def clear(self) -> None:
        self.orders.clear()
        self._ordered = 0

    def draw(self, names: frozenset[str], *, number: str = "", to: str = "", token: str = "") -> Fault | None:
        """The first order of these names that strikes."""
        for fault in self.orders:
            if fault.fault in names and fault.strikes(number=number, to=to, token=token):
                return fault
        return None


def _normalized(raw: dict[str, Any]) -> dict[str, Any]:
    """Dashes are underscores; a code as the name is an error of that code."""
    fields = dict(raw)
    name = str(fields.get("fault", "")).replace("-", "_")
    if name.isdecimal():
        fields["code"], name = int(name), "error"
    fields["fault"] = "accept_then_time_out" if name == "accept_then_timeout" else name
    return fields


def _check(fault: Fault) -> None:
    if fault.fault not in NAMES:
        raise ValueError(f"fault: one of {', '.join(sorted(NAMES))}, or an error code")
    if not 0 <= fault.share <= 1:
        raise ValueError("share: between 0 and 1")
