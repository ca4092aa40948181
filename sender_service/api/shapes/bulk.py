"""One message to many, on the HTTP side."""

from typing import Any

from pydantic import Field, model_validator

from sender_service.api.shapes.parts import Answer, Request, RowId
from sender_service.api.shapes.templates import Language, Name, Variable

MOST_ROWS = 10_000


class BulkRecipient(Request):
    """One of lead, contact or phone; `variables` go before the request's own."""

    to: str | None = Field(None, min_length=1, max_length=128)
    lead_id: RowId | None = None
    contact_id: RowId | None = None
    variables: dict[str, Variable] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _somebody(self) -> "BulkRecipient":
        if self.to is None and self.lead_id is None and self.contact_id is None:
            raise ValueError("name to, lead_id or contact_id")
        return self


class BulkTemplate(Request):
    """By name; without `language` the organization's default, else the only approved one."""

    name: Name
    language: Language | None = None
    variables: dict[str, Variable] = Field(default_factory=dict)


class BulkRequest(Request):
    """A template, or a message of any type, to a list. Each row is judged by itself in the answer."""

    recipients: list[dict[str, Any]] = Field(min_length=1, max_length=MOST_ROWS)
    template: BulkTemplate | None = None
    message: dict[str, Any] | None = Field(None, description="`type` and the object it names, as in POST messages.")
    phone_number_id: str | None = Field(None, max_length=64)

    @model_validator(mode="after")
    def _one_content(self) -> "BulkRequest":
        if (self.template is None) == (self.message is None):
            raise ValueError("give either template or message")
        return self


class BulkQuery(Request):
    """What a JSON body says beside its rows, for a CSV upload.

    Its columns are to, lead_id, contact_id, and one for each variable.
    """

    template: Name | None = None
    language: Language | None = None
    phone_number_id: str | None = Field(None, max_length=64)


class BulkRow(Answer):
    """What became of one row, counted from 1."""

    row: int
    id: int | None = None
    status: str = Field(description="queued, failed … as for one message; refused or duplicate: nothing was sent.")
    problem: str | None = None


class BulkReport(Answer):
    accepted: int
    refused: int
    duplicates: int
    rows: list[BulkRow]
