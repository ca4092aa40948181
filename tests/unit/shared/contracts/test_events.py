import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.contracts import cloudevents, events
from shared.contracts.errors import ContractViolation
from shared.contracts.events import DomainEvent

GOLDEN = Path(__file__).parents[3] / "data/contracts/events"
EVENT = DomainEvent(events.MESSAGE_SENT, 12, "345.1", datetime(2026, 11, 20, tzinfo=UTC), {"message_id": 345})


def test_the_same_fact_has_the_same_id_whenever_it_is_told():
    again = replace(EVENT, time=datetime(2027, 1, 1, tzinfo=UTC), data={})

    assert again.id == EVENT.id
    assert replace(EVENT, key="345.2").id != EVENT.id
    assert replace(EVENT, organization_id=13).id != EVENT.id
    assert replace(EVENT, name=events.MESSAGE_READ).id != EVENT.id


def test_an_event_is_routed_by_its_name_and_organization():
    assert EVENT.routing_key == "message.sent.12"


def test_an_event_survives_its_envelope():
    body = cloudevents.encode(EVENT.to_cloudevent())

    assert events.from_cloudevent(cloudevents.decode(body)) == EVENT


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"type": "colomba.message.sent.v2"}, "type: is no domain event of this version"),
        ({"type": "colomba.message.vanished.v1"}, "type: is no domain event of this version"),
        ({"type": "message.sent"}, "type: is no domain event of this version"),
        ({"source": "/elsewhere/12"}, "source: names no organization"),
        ({"source": "12"}, "source: names no organization"),
        ({"source": "/colomba/organizations/x"}, "source: names no organization"),
        ({"source": "/colomba/organizations/\u0661\u0662"}, "source: names no organization"),
        ({"subject": None}, "subject: is missing"),
    ],
)
def test_what_is_no_event_of_this_version_is_refused(changes, refusal):
    with pytest.raises(ContractViolation) as refused:
        events.from_cloudevent(replace(EVENT.to_cloudevent(), **changes))

    assert str(refused.value) == refusal


@pytest.mark.parametrize("name", sorted(events.NAMES))
def test_the_golden_event_of_every_name_still_reads_and_writes_the_same(name):
    golden = (GOLDEN / f"{name}.v1.json").read_bytes()

    event = events.from_cloudevent(cloudevents.decode(golden))

    assert event.name == name
    assert json.loads(cloudevents.encode(event.to_cloudevent())) == json.loads(golden)
