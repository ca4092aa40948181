"""Everything the simulator knows, in one place, so that a reset forgets all of it."""

import re
import secrets
from collections import Counter
from typing import Any, Final

from deploy.simulator.catalogue import Catalogue
from deploy.simulator.envelope import Envelopes
from deploy.simulator.faults import Faults
from deploy.simulator.ledger import Ledger
from deploy.simulator.numbers import Numbers
from deploy.simulator.options import Options
from deploy.simulator.statuses import Statuses
from deploy.simulator.webhooks import Webhooks

_BRAZILIAN_MOBILE: Final = re.compile(r"^(55[3-9]\d)9(\d{8})$")
_MEXICAN: Final = re.compile(r"^52(\d{10})$")


class World:
    """One simulated Meta."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.ledger = Ledger()
        self.numbers = Numbers(options)
        self.catalogue = Catalogue()
        self.faults = Faults(options.seed)
        self.envelopes = Envelopes(self.numbers)
        self.webhooks = Webhooks(options, self.numbers, self.faults)
        self.statuses = Statuses(options, self.ledger, self.webhooks, self.envelopes)
        self.refused: Counter[int | str] = Counter()
        self.read: list[tuple[str, str, bool]] = []
        self.subscribed: dict[str, dict[str, Any]] = {}
        self._inbound = 0

    def reset(self) -> None:
        """Forget everything but the options."""
        for part in (
            self.ledger,
            self.numbers,
            self.catalogue,
            self.faults,
            self.envelopes,
            self.webhooks,
            self.statuses,
        ):
            part.clear()
        self.refused.clear()
        self.read.clear()
        self.subscribed.clear()

    def inbound_wamid(self) -> str:
        """A fresh id for a message of a user."""
        self._inbound += 1
        return f"wamid.HBgM{self.ledger.run}{self._inbound:010X}"

    def trace(self) -> str:
        """An fbtrace_id."""
        return secrets.token_urlsafe(8)

    def wa_id(self, to: str) -> str:
        """The id Meta answers with; with rewrite_wa_ids, Brazil's and Mexico's older forms, which differ from what was
        asked for.
        """
        if not self.options.rewrite_wa_ids:
            return to
        if match := _BRAZILIAN_MOBILE.match(to):
            return match[1] + match[2]
        if match := _MEXICAN.match(to):
            return f"521{match[1]}"
        return to

    def summary(self) -> dict[str, Any]:
        """The ledger's counts, what was refused by code, and how webhooks fare."""
        return self.ledger.summary() | {
            "refused": {str(code): count for code, count in self.refused.items()},
            "marked_read": len(self.read),
            "statuses": {"made": self.statuses.made, "waiting": self.statuses.waiting()},
            "webhooks": {**self.webhooks.counts, "backlog": self.webhooks.backlog},
        }
