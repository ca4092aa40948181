"""Statistics on the HTTP side."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from sender_service.api.shapes.parts import Answer, RowId

# Far enough from the ends of the calendar for arithmetic.
Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]
Group = Literal["hour", "day", "number", "template", "campaign"]


def _listed(value: object) -> object:
    return [part for part in value.split(",") if part] if isinstance(value, str) else value


class StatisticsQuery(BaseModel):
    """A range, what it is narrowed by, and what it is told apart by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: Moment | None = Field(None, description="Rounded down to the hour; default: seven days ago.")
    until: Moment | None = Field(None, description="Rounded up to the hour; default: now.")
    group_by: Annotated[list[Group], BeforeValidator(_listed)] = Field(
        default_factory=list,
        max_length=4,
        description="Comma-separated: hour or day (UTC), number, template, campaign; none gives one row.",
    )
    phone_number_id: str | None = Field(None, max_length=64)
    template: str | None = Field(None, max_length=512)
    campaign_id: RowId | None = None


class Latency(Answer):
    """Percentiles in seconds, read from buckets: the true value lies at or below."""

    p50: float | None
    p95: float | None
    p99: float | None


class Figures(Answer):
    """What became of the messages made in a period. A message that was read counts as delivered and sent too."""

    period: datetime | None
    phone_number_id: str | None
    template: str | None
    campaign_id: int | None
    received: int = Field(description="Inbound.")
    messages: int = Field(description="Outbound, whatever became of them.")
    sent: int
    delivered: int
    read: int
    failed: int
    unknown: int
    failed_by_code: dict[str, int] = Field(description="Meta's code, or 0 where there is none.")
    categories: dict[str, int] = Field(description="Meta's pricing category of messages that have one.")
    delivery_rate: float | None = Field(description="delivered / sent")
    read_rate: float | None = Field(description="read / delivered")
    sending_seconds: Latency = Field(description="From acceptance to Meta's yes.")
    delivery_seconds: Latency = Field(description="From Meta's yes to delivery.")


class Statistics(Answer):
    since: datetime
    until: datetime
    total: Figures
    data: list[Figures]
