"""The business phone numbers the simulator plays, with what Meta knows of each."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from deploy.simulator.options import Options

_BURST = 45
_REFILL_S = 6.0


@dataclass(slots=True, kw_only=True)
class Number:
    """One number. `arrivals` are the send times of the last second, kept only while throughput is enforced."""

    id: str
    waba_id: str
    display_phone_number: str
    throughput: int
    verified_name: str = "Pet-Friendly"
    quality_rating: str = "GREEN"
    status: str = "CONNECTED"
    name_status: str = "APPROVED"
    messaging_limit: str = "TIER_100K"
    health: str = "AVAILABLE"
    tokens: list[str] = field(default_factory=list)
    pin: str | None = None
    profile: dict[str, Any] = field(default_factory=dict)
    webhook_configuration: dict[str, str] = field(default_factory=dict)
    arrivals: deque[float] = field(default_factory=deque)
    pairs: dict[str, tuple[float, float]] = field(default_factory=dict)
    last_inbound: dict[str, float] = field(default_factory=dict)

    @property
    def digits(self) -> str:
        return "".join(sign for sign in self.display_phone_number if sign.isdigit())

    def over_throughput(self, now: float) -> bool:
        """Is this one more than the tier lets through in any sliding second (2 % and one are forgiven for the
        network's jitter)?
        """
        arrivals = self.arrivals
        while arrivals and arrivals[0] <= now - 1.0:
            arrivals.popleft()
        if len(arrivals) >= self.throughput + max(1, self.throughput // 50):
            return True
        arrivals.append(now)
        return False

    def over_pair_limit(self, to: str, now: float) -> bool:
        """A bucket of 45 per recipient, one back every six seconds."""
        left, since = self.pairs.get(to, (float(_BURST), now))
        left = min(float(_BURST), left + (now - since) / _REFILL_S)
        if left < 1.0:
            self.pairs[to] = (left, now)
            return True
        self.pairs[to] = (left - 1.0, now)
        return False

    def window_open(self, to: str, wall: float) -> bool:
        """Has this user written within 24 hours?"""
        return wall - self.last_inbound.get(to, float("-inf")) < 86400.0


class Numbers:
    """Numbers by id. Unless strict, a number nobody has heard of exists as soon as it is used."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._numbers: dict[str, Number] = {}
        # Callback of a business account that goes before the app's, by account.
        self.overrides: dict[str, str] = {}

    def clear(self) -> None:
        self._numbers.clear()
        self.overrides.clear()

    def get(self, number_id: str) -> Number | None:
        number = self._numbers.get(number_id)
        if number is None and not self._options.strict and number_id.isdigit():
            return self.add(number_id)
        return number

    def add(self, number_id: str, **fields: Any) -> Number:
        """Register a number; what is not said is made up from its id."""
        known: dict[str, Any] = {
            "waba_id": self._options.waba_id,
            "display_phone_number": f"1555{number_id[-7:]:0>7}",
            "throughput": self._options.default_throughput,
        }
        number = self._numbers[number_id] = Number(id=number_id, **(known | fields))
        return number

    def all(self) -> list[Number]:
        return list(self._numbers.values())

    def of_account(self, waba_id: str) -> list[Number]:
        return [number for number in self._numbers.values() if number.waba_id == waba_id]

    def accounts(self) -> set[str]:
        return {number.waba_id for number in self._numbers.values()} | {self._options.waba_id}
