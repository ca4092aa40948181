"""Campaigns on the HTTP side."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, model_validator
from typing_extensions import TypedDict

from sender_service.api.paging import Paging
from sender_service.api.shapes.parts import Answer, Request, RowId, Text

CampaignStatus = Literal["draft", "scheduled", "running", "paused", "cancelled", "finished"]
VariableName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.]{1,64}$")]
Variables = dict[VariableName, Annotated[str, Field(max_length=1024)]]


class RecipientRow(TypedDict, total=False):
    """One recipient with its own variables, beside or instead of those of the campaign."""

    to: Annotated[str, Field(max_length=128)]
    recipient: Annotated[str, Field(max_length=256)]
    lead_id: RowId
    variables: Variables


RecipientRow.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]


class LeadAudience(Request):
    """Every lead with a phone that passes all filters given."""

    ids: Annotated[list[RowId], Field(max_length=100_000)] | None = None
    status: Text | None = None
    source: Text | None = None
    stage_id: RowId | None = None
    assigned_to_id: RowId | None = None


class ContactAudience(Request):
    """Every contact that passes all filters given and is not blocked; `tags` must all be there."""

    ids: Annotated[list[RowId], Field(max_length=100_000)] | None = None
    tags: Annotated[list[Text], Field(max_length=20)] | None = None


class CampaignRequest(Request):
    """One template to many recipients. Recipients are given here, or a draft is filled with `POST /campaigns/{id}`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "November reminders",
                    "template": "appointment_reminder",
                    "language": "es_MX",
                    "variables": {"1": "amigo", "2": "Luna", "3": "lunes 24", "4": "10:30"},
                    "recipients": ["+529983162438", {"to": "+529983162439", "variables": {"1": "Ada"}}],
                }
            ]
        }
    )

    name: Text
    phone_number_id: str | None = Field(
        None, max_length=64, description="May be left out when the organization has one number."
    )
    template_id: RowId | None = None
    template: str | None = Field(None, max_length=512, description="Its name, instead of `template_id`.")
    language: str | None = Field(None, max_length=16)
    variables: Variables = Field(
        default_factory=dict,
        description="For everybody: `1` or a name for the body, `header.1`, `header.link`, `button.0` for other parts.",
    )
    recipients: Annotated[list[str | RecipientRow], Field(max_length=100_000)] | None = None
    leads: LeadAudience | None = None
    contacts: ContactAudience | None = None
    starts_at: AwareDatetime | None = Field(None, description="Not before; null: at once.")
    share: float = Field(1, gt=0, le=1, description="The part of the number's rate the campaign may take.")
    failure_limit: float = Field(
        0.2, gt=0, le=1, description="It stops by itself when a greater part of messages fails."
    )
    draft: bool = Field(False, description="Do not start; `POST /campaigns/{id}/resume` does.")

    @model_validator(mode="after")
    def _one_template(self) -> "CampaignRequest":
        if (self.template_id is None) == (self.template is None):
            raise ValueError("give template_id, or template (its name)")
        return self


class RefusedRow(Answer):
    row: int = Field(description="Counted from 1.")
    problem: str


class AudienceReport(Answer):
    """What became of the rows given."""

    rows: int
    added: int
    refused: int
    left_out: int = Field(description="Given twice, in the campaign already, or naming an unknown lead.")
    problems: list[RefusedRow] = Field(description="The first 100 refused rows.")


class Campaign(Answer):
    id: int
    name: str
    status: CampaignStatus
    pause_reason: str | None = Field(description="operator, number, template or failures.")
    phone_number_id: str
    template_id: int
    template: str | None
    language: str | None
    variables: dict[str, str]
    starts_at: datetime | None
    share: float
    failure_limit: float
    total: int = Field(description="Recipients.")
    fed: int = Field(description="Recipients handed over to sending.")
    created_by: str | None
    created_at: datetime
    finished_at: datetime | None


class CampaignDetail(Campaign):
    waiting: int = Field(description="Recipients not handed over yet.")
    messages: dict[str, int] = Field(description="Messages by status.")
    refused: int = Field(description="Recipients that were not accepted when their turn came.")
    refusals: list[RefusedRow] = Field(description="The first 100 of them.")


class CreatedCampaign(CampaignDetail):
    report: AudienceReport


class FilledCampaign(Answer):
    id: int
    total: int
    report: AudienceReport


class CampaignQuery(Paging):
    status: CampaignStatus | None = None


def detail(row: Any, messages: dict[str, int], refusals: list[Any]) -> dict[str, Any]:
    """A campaign with its counters."""
    told = [{"row": one["ordinal"], "problem": one["error"]} for one in refusals[:100]]
    waiting = max(0, row["total"] - row["fed"])
    return {**dict(row), "messages": messages, "waiting": waiting, "refused": len(refusals), "refusals": told}
