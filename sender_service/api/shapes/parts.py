"""What several requests and answers are made of."""

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

Item = TypeVar("Item")

RowId = Annotated[int, Field(ge=1, lt=2**63)]
# A day or an hour without an offset is read as UTC, wherever the server stands.
Moment = Annotated[datetime, AfterValidator(lambda moment: moment if moment.tzinfo else moment.replace(tzinfo=UTC))]
Text = Annotated[str, Field(min_length=1, max_length=200)]


class Request(BaseModel):
    """A body: unknown fields are refused, so that a typing error is not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Change(Request):
    """What is left out stays; null clears what may be empty."""

    def cleared(self) -> list[str]:
        """Fields that were given as null."""
        return [name for name in self.model_fields_set if getattr(self, name) is None]


class Answer(BaseModel):
    """An answer: what the database has beside it stays inside."""

    model_config = ConfigDict(extra="ignore", frozen=True, serialize_by_alias=True, validate_by_name=True)


class Page(Answer, Generic[Item]):
    """A list, newest first."""

    data: list[Item]
    total: int = Field(description="Exact up to 10,000; beyond it 10,000 with `total_exact` false.")
    total_exact: bool = True
    page: int
    limit: int
    next: str | None = Field(description="The `cursor` of the next page; null on the last.")


class FieldProblem(Answer):
    field: str
    problem: str


class ProblemDocument(Answer):
    """RFC 9457; `errorCode` is what programs decide on."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    errorCode: str  # noqa: N815 - the one camelCase name, fixed by the contract
    errors: list[FieldProblem] | None = None


def _record(value: Any) -> Any:
    """Rows of the database come as mappings that pydantic does not know."""
    return dict(value) if hasattr(value, "keys") and not isinstance(value, dict) else value


Row = BeforeValidator(_record)
