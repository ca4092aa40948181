"""Who a campaign is for: every row of a list becomes a recipient, or is refused by its place."""

from typing import Any

import pytest

from sender_service.sending.audience import REPORTED, Offer, Report, fit, recipient, recipients
from sender_service.sending.templates import StoredTemplate
from sender_service.store.campaigns import NewRecipient

TEMPLATE = StoredTemplate(
    name="hello",
    language="es",
    parameter_format="NAMED",
    components=[{"type": "BODY", "text": "Hola {{name}}, {{day}}"}],
)
OFFER = Offer(TEMPLATE, {"day": "lunes"}, "MX")


def refused(row: Any, offer: Offer = OFFER) -> str:
    report = Report()
    assert list(recipients(offer, [row], report)) == []
    return str(report.problems[0]["problem"])


def row(**changes: Any) -> dict[str, Any]:
    return {"to": "998 316 2438", "variables": {"name": "Ana"}, **changes}


def test_a_number_is_folded_to_the_one_form_of_a_person():
    assert recipient(OFFER, row()) == NewRecipient("529983162438", None, {"name": "Ana"})
    assert recipient(OFFER, row(to="+5219983162438")).recipient == "529983162438"
    assert recipient(OFFER, row(to=529983162438)).recipient == "529983162438"


def test_a_national_number_is_read_as_the_campaigns_country_writes_it():
    italian = Offer(TEMPLATE, {"day": "lunes"}, "IT")
    assert recipient(italian, row(to="333 1234567")).recipient == "393331234567"


def test_a_person_may_be_named_by_user_id_and_belong_to_a_lead():
    found = recipient(OFFER, row(to=None, recipient="MX.1", lead_id=9))
    assert found == NewRecipient("MX.1", 9, {"name": "Ana"})
    assert recipient(OFFER, row(to="", recipient="x" * 256)).recipient == "x" * 256


def test_to_comes_before_a_user_id():
    assert recipient(OFFER, row(recipient="MX.1")).recipient == "529983162438"


@pytest.mark.parametrize(
    ("person", "problem"),
    [
        ({"to": "+1"}, "to: 7 to 15 digits, was 1"),
        ({"to": None}, "to: is missing"),
        ({"to": ""}, "to: is missing"),
        ({"to": None, "recipient": "12345678"}, "recipient: is not a business-scoped user id"),
        ({"to": None, "recipient": "x" * 257}, "recipient: is not a business-scoped user id"),
    ],
)
def test_who_cannot_be_reached_is_refused(person, problem):
    assert refused(row(**person)) == problem


def test_a_row_that_is_none_says_what_a_row_has():
    assert refused(None) == "is not a recipient: to, recipient, lead_id and variables are known"


def test_variables_of_the_campaign_hold_for_everybody_and_the_rows_own_come_first():
    own = recipient(OFFER, row(variables={"name": "Ana", "day": "martes"}))
    assert own.variables == {"name": "Ana", "day": "martes"}
    assert refused(row(variables=None)) == "template.components.body: no value for the placeholder name"
    assert refused(row(), Offer(TEMPLATE, {}, "MX")) == "template.components.body: no value for the placeholder day"


def test_a_variable_without_a_place_is_named():
    problem = "variables.city: the template has no such place"
    assert refused(row(variables={"name": "Ana", "zone": "x", "city": "x"})) == problem


def test_variables_that_fill_a_template_fit():
    fit(TEMPLATE, {"name": "Ana", "day": "lunes"})
    with pytest.raises(ValueError, match="no value for the placeholder day"):
        fit(TEMPLATE, {"name": "Ana"})


def test_the_rows_of_all_lists_are_counted_and_named_by_their_place():
    report = Report()
    first = list(recipients(OFFER_FOR_ALL, ["+529983162438", None, {"to": "+1"}], report))
    second = list(recipients(OFFER_FOR_ALL, [{"to": "+529983162439"}, ""], report))
    assert [found.recipient for found in first + second] == ["529983162438", "529983162439"]
    assert (report.rows, report.refused) == (5, 3)
    assert report.problems == [
        {"row": 2, "problem": "is not a recipient: to, recipient, lead_id and variables are known"},
        {"row": 3, "problem": "to: 7 to 15 digits, was 1"},
        {"row": 5, "problem": "to: is missing"},
    ]


def test_all_refused_rows_are_counted_and_the_first_are_told():
    report = Report()
    assert list(recipients(OFFER_FOR_ALL, [""] * (REPORTED + 5), report)) == []
    assert (report.rows, report.refused, len(report.problems)) == (REPORTED + 5, REPORTED + 5, REPORTED)
    assert report.problems[-1]["row"] == REPORTED


OFFER_FOR_ALL = Offer(StoredTemplate(name="plain", language="es"), {}, "MX")
