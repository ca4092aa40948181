"""Who a campaign is for: each row of a list is a recipient or a refusal that names its place. Deciding only."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sender_service import phone
from sender_service.sending.template_check import Mismatch, check
from sender_service.sending.template_fill import components, unknown
from sender_service.sending.templates import StoredTemplate
from sender_service.store.campaigns import NewRecipient

MOST: Final = 100_000
REPORTED: Final = 100


@dataclass(frozen=True, slots=True)
class Offer:
    """What every row is judged against."""

    template: StoredTemplate
    variables: Mapping[str, str]
    country: str | None


@dataclass(slots=True)
class Report:
    """How many rows were refused, and the first of them with the reason; never with the value."""

    rows: int = 0
    refused: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, place: int, problem: str) -> None:
        self.refused += 1
        if len(self.problems) < REPORTED:
            self.problems.append({"row": place, "problem": problem})


def recipients(offer: Offer, rows: Iterable[str | Mapping[str, Any] | None], report: Report) -> Iterator[NewRecipient]:
    """The recipients of a list; what cannot be one is reported. Rows are counted from 1, over all calls."""
    for row in rows:
        report.rows += 1
        try:
            yield recipient(offer, {"to": row} if isinstance(row, str) else row)
        except ValueError as error:
            report.refuse(report.rows, str(error))


def recipient(offer: Offer, row: Mapping[str, Any] | None) -> NewRecipient:
    """One recipient; ValueError says what is wrong with the row."""
    if row is None:
        raise ValueError("is not a recipient: to, recipient, lead_id and variables are known")
    variables = dict(row.get("variables") or {})
    fit(offer.template, {**offer.variables, **variables})
    return NewRecipient(_person(row, offer.country), row.get("lead_id"), variables)


def fit(template: StoredTemplate, variables: Mapping[str, str]) -> None:
    """ValueError when the variables do not fill the template, or some have no place in it."""
    if extra := unknown(template, variables):
        raise ValueError(f"variables.{extra[0]}: the template has no such place")
    try:
        check(template, components(template, variables))
    except Mismatch as error:
        raise ValueError(str(error)) from None


def _person(row: Mapping[str, Any], country: str | None) -> str:
    """Digits in the one form of a person, or the business-scoped user id."""
    if row.get("to"):
        try:
            return phone.fold(phone.normalize(str(row["to"]), country).digits)
        except phone.NotAPhoneNumber as error:
            raise ValueError(f"to: {error}") from None
    if bsuid := str(row.get("recipient") or ""):
        if bsuid.isdigit() or len(bsuid) > 256:
            raise ValueError("recipient: is not a business-scoped user id")
        return bsuid
    raise ValueError("to: is missing")
