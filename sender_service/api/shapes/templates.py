"""Templates on the HTTP side."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sender_service.api.paging import Paging
from sender_service.api.shapes.parts import Answer, Request, RowId

Name = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}([_-][A-Za-z]{2,4})?$")]
Category = Literal["AUTHENTICATION", "MARKETING", "UTILITY"]
Component = dict[str, Any]
Variable = Annotated[str, Field(min_length=1, max_length=1024)]


class Template(Answer):
    """One language of one template."""

    id: int
    business_account_id: str
    meta_id: str | None
    name: str
    language: str
    category: str | None
    parameter_format: str
    status: str = Field(description="Meta's status, or DISABLED when it was disabled here. Only APPROVED is sent.")
    quality: str | None
    components: list[Component]
    variables: list[str] = Field(description="The placeholders of the body.")
    rejected_reason: str | None
    paused_at: datetime | None
    pause_reason: str | None
    disabled_at: datetime | None
    synced_at: datetime | None
    created_at: datetime
    updated_at: datetime


class TemplateQuery(Paging):
    """Filters of the list; all given must hold."""

    name: Name | None = None
    language: Language | None = None
    status: str | None = Field(None, pattern=r"^[A-Z_]{1,40}$")
    category: Category | None = None


class NewTemplate(Request):
    """Submitted to Meta for review; `components` as Meta documents them."""

    name: Name
    language: Language
    category: Category
    components: list[Component] = Field(min_length=1, max_length=10)
    parameter_format: Literal["POSITIONAL", "NAMED"] = "POSITIONAL"
    business_account_id: str | None = Field(
        None, pattern=r"^[0-9]{1,32}$", description="May be left out when the organization has one account."
    )


class TemplateChange(Request):
    """`status`: DISABLED here, or null to lift that. `components` and `category` are changed at Meta."""

    status: Literal["DISABLED"] | None = None
    components: list[Component] | None = Field(None, min_length=1, max_length=10)
    category: Category | None = None

    @model_validator(mode="after")
    def _something_changes(self) -> "TemplateChange":
        if not self.model_fields_set:
            raise ValueError("name status, components or category")
        return self


class Deletion(Request):
    at_meta: bool = Field(False, description="Also delete it at Meta, which blocks the name for 30 days; needs ADMIN.")


class SyncRequest(Request):
    business_account_id: str | None = Field(None, pattern=r"^[0-9]{1,32}$", description="All accounts when left out.")


class Synced(Answer):
    accounts: dict[str, int] = Field(description="How many templates each account has.")


class TemplateSend(Request):
    """By `template_id`, or by `name`: without `language` the organization's default, else the only approved one."""

    template_id: RowId | None = None
    name: Name | None = None
    language: Language | None = None
    to: str | None = Field(None, min_length=1, max_length=128)
    recipient: str | None = Field(None, min_length=1, max_length=256)
    variables: dict[str, Variable] | list[Variable] = Field(
        default_factory=dict,
        description='{"1": "Ada"}, or ["Ada"]; `header.1`, `header.link`, `button.0` for other parts.',
    )
    phone_number_id: str | None = Field(None, max_length=64)
    lead_id: RowId | None = None
    send_at: str | None = Field(None, max_length=64)
    expires_at: str | None = Field(None, max_length=64)
    metadata: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_template(self) -> "TemplateSend":
        if (self.template_id is None) == (self.name is None):
            raise ValueError("name either template_id or name")
        return self
