"""Dead letters on the HTTP side."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, model_validator

from sender_service.api.paging import Paging
from sender_service.api.shapes.parts import Answer, Request, RowId

# A call that publishes for longer than this meets the time-outs of what stands in front of us.
LONGEST_REPLAY = 20
LetterStatus = Literal["open", "replayed", "discarded"]


class DeadLetter(Answer):
    """A message that no handler could take."""

    id: int
    source: str = Field(description="The queue it was taken from.")
    exchange: str | None
    routing_key: str | None
    reason: str
    error: str | None
    fingerprint: str = Field(description="The same for letters that died of the same.")
    attempts: int
    size: int
    status: LetterStatus
    replayed_at: datetime | None
    created_at: datetime


class DeadLetterDetail(DeadLetter):
    headers: dict[str, Any]
    body: Any = Field(description="Masked: texts and phone numbers are not shown; a string where it is not JSON.")


class LetterGroup(Answer):
    source: str
    reason: str
    fingerprint: str
    letters: int
    error: str | None
    first_at: datetime
    last_at: datetime


class LetterGroups(Answer):
    data: list[LetterGroup]


class LetterQuery(Paging):
    """Filters of the list; all given must hold."""

    status: LetterStatus | None = "open"
    source: str | None = Field(None, max_length=200)
    reason: str | None = Field(None, max_length=200)
    fingerprint: str | None = Field(None, pattern=r"^[0-9a-f]{16}$")


class Selection(Request):
    """Which open letters: `ids`, or a filter; at least one of them."""

    ids: list[RowId] | None = Field(None, min_length=1, max_length=1000)
    source: str | None = Field(None, max_length=200)
    reason: str | None = Field(None, max_length=200)
    fingerprint: str | None = Field(None, pattern=r"^[0-9a-f]{16}$")
    limit: int = Field(100, ge=1, le=1000, description="At most so many, oldest first.")

    @model_validator(mode="after")
    def _something_is_chosen(self) -> "Selection":
        if self.ids is None and self.source is None and self.reason is None and self.fingerprint is None:
            raise ValueError("name ids, source, reason or fingerprint")
        return self


class Replay(Selection):
    dry_run: bool = Field(False, description="Only say which would be replayed.")
    per_second: int = Field(50, ge=1, le=200, description="At most so many publishes per second.")

    @model_validator(mode="after")
    def _ends_in_time(self) -> "Replay":
        if self.limit > self.per_second * LONGEST_REPLAY:
            raise ValueError(f"limit: at most {LONGEST_REPLAY} seconds' worth of per_second in one call")
        return self


class Discard(Selection):
    confirm: Literal["discard"] = Field(description="Typed in full, because nothing brings them back.")


class Replayed(Answer):
    dry_run: bool
    selected: list[int]
    replayed: list[int]
    failed: list[int] = Field(description="The broker did not confirm: still open.")


class Discarded(Answer):
    discarded: list[int]
