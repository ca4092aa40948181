"""Nouns that the stories and their neighbours share."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple


class Queued(NamedTuple):
    """A message that waits to be sent. `attempt` counts the attempts made; `due_at` is set when its turn was assigned.

    `tries` says how often in a row the code `last_code` put it back (without a code: that it was not sent).
    `request` is {"body": Meta's request without the attempt id, "facts": what events and notes tell about the message}.
    """

    organization_id: int
    message_id: int
    phone_number_id: str
    lane: str
    recipient: str
    ordered: bool
    attempt: int
    tries: int
    last_code: int | None
    due_at: datetime | None
    expires_at: datetime | None
    template_id: int | None
    campaign_id: int | None
    request: Mapping[str, Any]

    @property
    def place(self) -> tuple[str, str]:
        """What order is kept within, on one number."""
        return (self.recipient, self.lane)

    @property
    def is_mark_read(self) -> bool:
        """Tells the sender that it was read: no message, so it counts against no limit of its recipient."""
        return "status" in self.request["body"]
