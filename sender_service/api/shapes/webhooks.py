"""Raw webhooks on the HTTP side."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from sender_service.api.paging import Paging
from sender_service.api.shapes.parts import Answer, Request

Outcome = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]


class Webhook(Answer):
    """One webhook as Meta posted it; its body is never shown."""

    id: UUID
    received_at: datetime
    app: str = Field(description="The app it came for; empty where there is only one.")
    phone_number_id: str | None
    outcome: str = Field(description="processed, duplicate, set_aside, unclaimed_number or malformed.")
    reason: str | None
    items: int = Field(description="Messages, statuses and other items found in it.")
    size: int | None = Field(description="Bytes.")
    processed_at: datetime


class WebhookQuery(Paging):
    """Filters of the list; all given must hold."""

    outcome: Outcome | None = None
    phone_number_id: str | None = Field(None, max_length=64)
    since: AwareDatetime | None = Field(None, description="Received at or after.")
    until: AwareDatetime | None = Field(None, description="Received before.")


class NamedWebhook(Request):
    """As the list shows it: both parts are needed to find it."""

    id: UUID
    received_at: AwareDatetime


class ReplayWebhooks(Request):
    """Which webhooks go the same path again: named ones, or those that pass a filter. What is known stays once."""

    webhooks: list[NamedWebhook] | None = Field(None, min_length=1, max_length=1000)
    outcome: Outcome | None = None
    phone_number_id: str | None = Field(None, max_length=64)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    limit: int = Field(100, ge=1, le=1000, description="At most so many, oldest first.")
    dry_run: bool = Field(False, description="Only say which would be replayed.")

    @model_validator(mode="after")
    def _something_is_chosen(self) -> "ReplayWebhooks":
        if self.webhooks is None and self.outcome is None and self.since is None:
            raise ValueError("name webhooks, outcome or since")
        return self


class ReplayedWebhooks(Answer):
    dry_run: bool
    selected: list[UUID]
    replayed: list[UUID]
    failed: list[UUID] = Field(description="The broker did not confirm.")
