import json
from datetime import UTC, datetime

import pytest

from shared.contracts import cloudevents
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.errors import ContractViolation

EVENT = CloudEvent(
    id="order-7",
    source="/shop",
    type="colomba.send_message.v1",
    time=datetime(2026, 11, 20, 8, 30, tzinfo=UTC),
    data={"to": "x"},
    traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01",
)


def written(**changes):
    body = json.loads(cloudevents.encode(EVENT)) | changes
    return json.dumps({name: value for name, value in body.items() if value is not ...}).encode()


def test_an_event_is_read_back_as_it_was_written():
    assert cloudevents.decode(cloudevents.encode(EVENT)) == EVENT


def test_a_batch_is_read_back_in_its_order():
    other = CloudEvent("order-8", "/shop", EVENT.type, EVENT.time, {}, subject="s")

    assert cloudevents.decode_batch(cloudevents.encode_batch([EVENT, other])) == [EVENT, other]


def test_a_time_without_zone_is_utc():
    assert cloudevents.decode(written(time="2026-11-20T08:30:00")).time == EVENT.time


def test_a_time_keeps_the_zone_it_came_with():
    assert cloudevents.decode(written(time="2026-11-20T05:30:00-03:00")).time == EVENT.time


def test_attributes_nobody_here_knows_are_let_pass():
    assert cloudevents.decode(written(partitionkey="7")) == EVENT


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"id": ...}, "id"),
        ({"id": ""}, "id"),
        ({"id": "x" * 257}, "id"),
        ({"id": "a\nb"}, "id"),
        ({"id": 7}, "id"),
        ({"source": ...}, "source"),
        ({"type": ...}, "type"),
        ({"time": ...}, "time"),
        ({"time": "yesterday"}, "time"),
        ({"data": ...}, "data"),
        ({"data": []}, "data"),
        ({"data": "text"}, "data"),
        ({"datacontenttype": "text/xml"}, "datacontenttype"),
    ],
)
def test_what_breaks_the_contract_is_refused_by_the_name_of_the_field(changes, field):
    with pytest.raises(ContractViolation) as refused:
        cloudevents.decode(written(**changes))

    assert refused.value.field == field


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"a":' * 500])
def test_what_is_no_json_object_is_refused_as_a_whole(body):
    with pytest.raises(ContractViolation) as refused:
        cloudevents.decode(body)

    assert refused.value.field == "body"


def test_a_refusal_says_what_is_wrong():
    with pytest.raises(ContractViolation) as refused:
        cloudevents.decode(written(id=...))

    assert str(refused.value) == "id: Field required"


def test_a_refusal_never_repeats_the_value():
    with pytest.raises(ContractViolation) as refused:
        cloudevents.decode(written(id="\x01secret-token"))

    assert "secret-token" not in str(refused.value)


def test_a_batch_names_the_place_of_what_it_refuses():
    body = b"[" + cloudevents.encode(EVENT) + b"," + written(source=...) + b"]"

    with pytest.raises(ContractViolation) as refused:
        cloudevents.decode_batch(body)

    assert refused.value.field == "1.source"
