"""The table of fields says what the samples show."""

import json
import re
from pathlib import Path

import pytest

import sender_service.inbound

SAMPLES = Path(__file__).parents[3] / "data" / "webhooks"
TABLE = Path(sender_service.inbound.__file__ or "").with_name("FIELDS.md").read_text()
ROWS = re.findall(r"^\| `([a-z_]+)`( \(`[a-z]+\[\]`\))? \| (.*) \| (.*) ?\|$", TABLE, flags=re.MULTILINE)
# Compiled from Meta's overview and reference pages, 2026-11.
FIELDS = {
    "messages", "account_alerts", "account_review_update", "account_update", "automatic_events",
    "business_capability_update",
    "message_template_components_update", "message_template_quality_update", "message_template_status_update",
    "partner_solutions", "payment_configuration_update", "phone_number_name_update", "phone_number_quality_update",
    "security", "template_category_update", "user_preferences", "history", "smb_app_state_sync", "smb_message_echoes",
    "calls", "flows", "group_lifecycle_update", "group_participants_update", "group_settings_update",
    "group_status_update", "account_settings_update", "business_username_updates",
    "template_correct_category_detection", "standby", "messaging_handovers", "message_echoes", "pricing",
}  # fmt: skip


def sampled():
    for path in SAMPLES.glob("*.json"):
        sample = json.loads(path.read_bytes())
        for entry in sample["webhook"].get("entry", ()):
            for change in entry.get("changes", ()) if isinstance(entry, dict) else ():
                yield change.get("field"), sample["leaves"].get("told", ())


def test_every_field_of_metas_has_a_line_and_a_sample():
    assert {row[0] for row in ROWS} == FIELDS
    assert {field for field, _ in sampled()} >= FIELDS


@pytest.mark.parametrize("field", sorted(FIELDS - {"messages"}))
def test_a_line_names_every_event_its_samples_tell(field):
    told = {name for sampled_field, names in sampled() if sampled_field == field for name in names}
    named = set(re.findall(r"`([a-z]+\.[a-z_]+)`", next(row[3] for row in ROWS if row[0] == field)))
    assert told <= named
    assert told or not named
