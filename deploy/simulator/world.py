"""Everything the simulator knows, in one place, so that a reset forgets all of it."""

import re
import secrets
from collections import Counter
from typing import Any, Final

from deploy.simulator.audience import Audience
from deploy.simulator.catalogue import Catalogue, Template
from deploy.simulator.envelope import Envelopes
from deploy.simulator.faults import Faults
from deploy.simulator.ledger import Ledger
from deploy.simulator.media_store import MediaStore
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
        self.media = MediaStore(options)
        self.audience = Audience()
        self.faults = Faults(options.seed)
        self.envelopes = Envelopes(self.numbers)
        self.webhooks = Webhooks(options, self.numbers, self.faults)
        self.statuses = Statuses(options, self.ledger, self.webhooks, self.envelopes)
        self.refused: Counter[int | str] = Counter()
        self.read: list[tuple[str, str, bool]] = []
        self.subscribed: dict[str, dict[str, Any]] = {}
        self.expired_tokens: set[str] = set()
        self._inbound = 0

    def reset(self) -> None:
        """Forget everything but the options."""
        stores = (self.ledger, self.numbers, self.catalogue, self.media, self.audience, self.faults)
        for part in (*stores, self.envelopes, self.webhooks, self.statuses):
            part.clear()
        self.refused.clear()
        self.read.clear()
        self.subscribed.clear()
        self.expired_tokens.clear()

    def inbound_wamid(self) -> str:
        """A fresh id for a message of a user."""
        self._inbound += 1
        return f"wamid.HBgM{self.ledger.run}{self._inbound:010X}"

    def approve(self, waba_id: str, template: Template) -> None:
        """Meta's review ends well, if the template is still there and still waits."""
        if template.status == "PENDING" and self.catalogue.find(waba_id, template.name, template.language) is template:
            template.status = "APPROVED"
            self.tell_template(waba_id, template, "APPROVED")

    def tell_template(self, waba_id: str, template: Template, event: str, **more: Any) -> None:
        """Post a message_template_status_update."""
        value = {
            "event": event,
            "message_template_id": int(template.id),
            "message_template_name": template.name,
            "message_template_language": template.language,
            "reason": "NONE",
            **more,
        }
        body = self.envelopes.field(waba_id, "message_template_status_update", value)
        self.webhooks.post(body, updates=1, waba_id=waba_id)

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
