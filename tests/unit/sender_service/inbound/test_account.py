"""What a change of an account, a number or a template is about; the samples say it for what Meta documents."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sender_service.inbound.account import digits, event, field, subject
from sender_service.inbound.items import AccountChange

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def change(name: str = "account_update", value: Any = None, **changes: Any) -> AccountChange:
    return AccountChange(0, "102", None, name, value or {}, None, NOW)._replace(**changes)


def test_a_field_as_long_as_an_attackers_is_short_enough_for_an_index():
    assert field(change("flows")) == "flows"
    assert len(field(change("x" * 10_000))) == 105
    assert field(change("")) == ""


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({}, None),
        ({"errors": [{"code": 1}], "event": "E"}, "errors"),
        ({"errors": [], "event": "E"}, "E"),
        ({"event": "E", "alert_type": "A", "decision": "D"}, "E"),
        ({"alert_type": "A", "decision": "D"}, "A"),
        ({"decision": "D", "new_quality_score": "Q"}, "D"),
        ({"new_quality_score": "Q", "new_category": "C"}, "Q"),
        ({"new_category": "C", "type": "T"}, "C"),
        ({"type": "T", "calls": [{"event": "connect"}]}, "T"),
        ({"event": "", "type": "T"}, "T"),
        ({"calls": [{"type": "t", "event": "connect"}, {"type": "u"}]}, "t"),
        ({"calls": [{"event": "connect"}]}, "connect"),
        ({"calls": [{}]}, "calls"),
        ({"calls": ["x"]}, "calls"),
        ({"calls": {"event": "connect"}}, "connect"),
        ({"calls": []}, None),
        ({"groups": [], "history": [{}]}, "history"),
        ({"state_sync": [{"type": "contact"}]}, "contact"),
        ({"message_echoes": [{}]}, "message_echoes"),
        ({"automatic_events": [{}]}, "automatic_events"),
        ({"groups": [{}]}, "groups"),
        ({"somebody": [{"type": "x"}]}, None),
    ],
)
def test_what_happened_is_told_in_metas_own_word(value, told):
    assert event(change(value=value)) == told


@pytest.mark.parametrize(
    ("changed", "about"),
    [
        (change(value={"event": "ACCOUNT_DELETED"}), "102"),
        (change(value={"event": "PARTNER_ADDED"}), "102#PARTNER_ADDED"),
        (change(value={}), "102"),
        (change(account_id=None), ""),
        (change(phone_number_id="106"), "106"),
        (change(phone_number_id="106", value={"display_phone_number": "+1 555"}), "+1 555"),
        (change("account_settings_update", {"type": "t", "event": "E"}), "102#t"),
        (change("account_settings_update", {"event": "E"}), "102"),
        (change("flows", {"event": "FLAGGED"}), "102"),
        (change("phone_number_quality_update", {"event": "FLAGGED"}), "102#quality"),
        (change("message_template_status_update", {
            "event": "FLAGGED", "message_template_name": "n", "message_template_language": "es",
        }), "n/es#note"),
        (change("message_template_status_update", {"event": "APPROVED", "display_phone_number": "1"}), "None/None"),
    ],
)  # fmt: skip
def test_a_change_is_about_one_thing_and_one_side_of_it(changed, about):
    assert subject(changed) == about


@pytest.mark.parametrize(
    ("shown", "found"), [("+1 (555) 078-3881", "15550783881"), (15550783881, "15550783881"), ("", ""), (None, "")]
)
def test_a_displayed_number_is_compared_by_its_digits(shown, found):
    assert digits(shown) == found
