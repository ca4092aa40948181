"""The organization itself, its pipelines, and what was done in it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from sender_service.api.paging import Paging
from sender_service.api.shapes.parts import Answer, Change, Request, RowId, Text


class Organization(Answer):
    id: int
    name: str
    language: Literal["en", "it", "es"] = Field(description="Of the console.")
    default_template_language: str | None = Field(description="Of templates sent by name.")
    default_country: str | None = Field(description="Region or calling code of national phone numbers.")
    created_at: datetime


class OrganizationChange(Change):
    """What is left out stays as it is; null takes a default away."""

    name: Text | None = None
    language: Literal["en", "it", "es"] | None = None
    default_template_language: str | None = Field(None, pattern=r"^[a-z]{2,3}(_[A-Z]{2,4})?$")
    default_country: str | None = Field(None, pattern=r"^([A-Z]{2}|[1-9][0-9]{0,2})$")


class OrganizationDeletion(Request):
    confirm: str = Field(min_length=1, max_length=200, description="The organization's name, typed in full.")


class DeletedOrganization(Answer):
    id: int
    cancelled: int = Field(description="Messages that waited and will not be sent.")


class Transfer(Request):
    user_id: RowId = Field(description="Becomes the OWNER; who was one becomes ADMIN.")


class Health(Answer):
    """For dashboards: `healthy` when everything is there; otherwise `message` says what is missing."""

    status: Literal["healthy", "unhealthy"]
    is_configured: bool = Field(description="There is a number with an access token.")
    message: str


class Stage(Answer):
    id: int
    name: str
    position: int


class Pipeline(Answer):
    id: int
    name: str
    is_default: bool = Field(description="New leads begin here, in the first stage.")
    stages: list[Stage]
    created_at: datetime


class StageInPlace(Request):
    """A stage in its place in the list; without `id` it is new."""

    id: RowId | None = None
    name: Text


Stages = Annotated[list[StageInPlace], Field(min_length=1, max_length=50)]


class NewPipeline(Request):
    name: Text
    stages: Stages
    is_default: bool = False


class PipelineChange(Request):
    """What is left out stays as it is; `stages` given are all there are afterwards, in this order."""

    name: Text | None = None
    stages: Stages | None = None
    is_default: Literal[True] | None = None


class AuditEntry(Answer):
    id: int
    actor: str = Field(description="key:<id>, user:<id>, cli or scheduler.")
    action: str = Field(description="<noun>.<what was done>")
    object: str = Field(description="<noun>:<id>")
    details: dict[str, Any]
    at: datetime


class AuditQuery(Paging):
    action: str | None = Field(None, max_length=100)
    actor: str | None = Field(None, max_length=100)
