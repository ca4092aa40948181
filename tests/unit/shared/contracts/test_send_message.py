"""The send command: what decodes, what does not, and which field is named."""

from dataclasses import replace
from datetime import UTC, datetime
from timeit import timeit

import orjson
import pytest

from shared.contracts.errors import ContractViolation
from shared.contracts.send_message import KNOWN_TYPES, SendMessage, decode, from_data
from tests.builders import PHONE_NUMBER_ID, send_command

FIRST_TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
SECOND_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


def decoded(**data) -> SendMessage:
    return decode(orjson.dumps(send_command(data=data)))


def violation(body: bytes) -> tuple[str, str]:
    with pytest.raises(ContractViolation) as caught:
        decode(body)
    return caught.value.field, caught.value.problem


def refused(**data) -> tuple[str, str]:
    return violation(orjson.dumps(send_command(data=data)))


def test_every_field_of_a_command_arrives():
    command = decode(
        orjson.dumps(
            send_command(
                id="order-7",
                source="/shop",
                traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                data={
                    "to": "+52 998 316 2438",
                    "recipient": "MX.1349",
                    "recipient_type": "group",
                    "recipient_identity_key_hash": "DF2lS5",
                    "context": {"message_id": "wamid.1"},
                    "lead_id": 12,
                    "send_at": "2026-11-21T09:00:00+01:00",
                    "expires_at": "2026-11-21T08:00:01Z",
                    "on_unknown": "resend",
                    "campaign_id": 4,
                    "metadata": {"order": 7},
                    "allow_unknown_type": True,
                },
            )
        ),
        lane="bulk",
    )
    assert replace(command, body_hash=b"") == SendMessage(
        source="/shop",
        id="order-7",
        time=datetime(2026, 11, 20, 10, tzinfo=UTC),
        phone_number_id=PHONE_NUMBER_ID,
        type="text",
        content={"body": "Your table is ready."},
        to="+52 998 316 2438",
        recipient="MX.1349",
        recipient_type="group",
        recipient_identity_key_hash="DF2lS5",
        context_message_id="wamid.1",
        lead_id=12,
        send_at=datetime(2026, 11, 21, 8, tzinfo=UTC),
        expires_at=datetime(2026, 11, 21, 8, 0, 1, tzinfo=UTC),
        on_unknown="resend",
        campaign_id=4,
        metadata={"order": 7},
        allow_unknown_type=True,
        lane="bulk",
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    )


def test_what_is_not_said_has_its_default():
    command = decoded()
    assert (command.on_unknown, command.lane, command.recipient_type) == ("hold", "priority", "individual")
    assert (command.recipient, command.context_message_id, command.recipient_identity_key_hash) == (None, None, None)
    assert (command.lead_id, command.campaign_id, command.metadata, command.traceparent) == (None, None, None, None)
    assert (command.send_at, command.expires_at, command.allow_unknown_type) == (None, None, False)


def test_the_least_a_command_says_is_number_recipient_and_content():
    least = {"phone_number_id": "1", "to": "2", "type": "text", "text": {}}
    command = from_data(least, source="s", id="1")
    expected = SendMessage(
        source="s", id="1", time=None, phone_number_id="1", type="text", content={}, to="2", body_hash=command.body_hash
    )
    assert command == expected
    assert (command.recipient_type, command.on_unknown, command.lane) == ("individual", "hold", "priority")
    for field in ("phone_number_id", "type"):
        with pytest.raises(ContractViolation) as caught:
            from_data({name: value for name, value in least.items() if name != field}, source="s", id="1")
        assert (caught.value.field, caught.value.problem) == (f"data.{field}", "is missing")


def test_the_trace_of_the_broker_counts_where_the_event_has_none():
    body = orjson.dumps(send_command())
    assert decode(body, traceparent=FIRST_TRACE).traceparent == FIRST_TRACE
    own = orjson.dumps(send_command(traceparent=SECOND_TRACE))
    assert decode(own, traceparent=FIRST_TRACE).traceparent == SECOND_TRACE


@pytest.mark.parametrize("broken", ["", "00-a-b-01", "\x00", FIRST_TRACE + "\n", "x" * 300, 7, b"\xff", ["00"], None])
def test_a_broken_trace_costs_the_trace_and_never_the_message(broken):
    """It would stand in a column and in an event that nobody could read back."""
    assert decode(orjson.dumps(send_command()), traceparent=broken).traceparent is None
    if not isinstance(broken, bytes):
        own = orjson.dumps(send_command() | {"traceparent": broken})
        assert decode(own, traceparent=FIRST_TRACE).traceparent == FIRST_TRACE


def test_the_same_command_again_has_the_same_hash_whatever_the_order_of_its_keys_and_its_time():
    command = send_command()
    turned = command | {"time": "2026-11-20T11:11:11Z", "data": dict(reversed(command["data"].items()))}
    assert decode(orjson.dumps(command)).body_hash == decode(orjson.dumps(turned)).body_hash
    assert len(decode(orjson.dumps(command)).body_hash) == 32


@pytest.mark.parametrize("change", [{"to": "+393331234568"}, {"text": {"body": "x"}}, {"lead_id": 1}, {"metadata": {}}])
def test_another_body_has_another_hash(change):
    assert decoded(**change).body_hash != decoded().body_hash


def test_a_command_from_rest_is_the_same_command():
    event = send_command()
    from_rest = from_data(event["data"], source="api", id="k")
    from_bus = decode(orjson.dumps(event))
    assert from_rest.body_hash == from_bus.body_hash
    assert (from_rest.source, from_rest.id, from_rest.time) == ("api", "k", None)
    assert replace(from_rest, source=from_bus.source, id=from_bus.id, time=from_bus.time) == from_bus


def test_the_caller_keeps_its_data():
    data = send_command()["data"]
    before = orjson.dumps(data)
    from_data(data, source="api", id="k")
    assert orjson.dumps(data) == before


def test_a_callers_own_callback_data_moves_to_the_metadata():
    assert decoded(biz_opaque_callback_data="mine").metadata == {"biz_opaque_callback_data": "mine"}
    both = decoded(biz_opaque_callback_data="mine", metadata={"a": 1})
    assert both.metadata == {"a": 1, "biz_opaque_callback_data": "mine"}


def test_metas_own_form_of_marking_as_read_is_a_command():
    command = from_data(
        {
            "phone_number_id": "1",
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": "wamid.1",
            "typing_indicator": {"type": "text"},
        },
        source="s",
        id="1",
    )
    assert command.type == "mark_read"
    assert command.content == {"message_id": "wamid.1", "typing_indicator": {"type": "text"}}
    assert command.to is None


def test_a_user_without_a_number_is_reached_by_recipient():
    data = send_command()["data"] | {"recipient": "MX.13491208655302741918"}
    del data["to"]
    command = from_data(data, source="s", id="1")
    assert (command.to, command.recipient) == (None, "MX.13491208655302741918")


@pytest.mark.parametrize("kind", sorted(KNOWN_TYPES))
def test_each_known_type_wants_the_object_it_names(kind):
    data = {"phone_number_id": "1", "to": "+393331234567", "type": kind}
    with pytest.raises(ContractViolation) as caught:
        from_data(data, source="s", id="1")
    assert (caught.value.field, caught.value.problem) == (f"data.{kind}", "is missing: type names it")
    content: object = [{}] if kind == "contacts" else {}
    assert from_data(data | {kind: content}, source="s", id="1").content == content
    with pytest.raises(ContractViolation) as caught:
        from_data(data | {kind: "text"}, source="s", id="1")
    form = "an array" if kind == "contacts" else "an object"
    assert (caught.value.field, caught.value.problem) == (f"data.{kind}", f"must be {form}")


def test_an_unknown_type_passes_only_if_the_command_says_so():
    problem = "is not a type we know; set allow_unknown_type to pass it on as it is"
    data = {"phone_number_id": "1", "to": "+393331234567", "type": "pin", "pin": {"x": 1}}
    with pytest.raises(ContractViolation) as caught:
        from_data(data, source="s", id="1")
    assert (caught.value.field, caught.value.problem) == ("data.type", problem)
    assert from_data(data | {"allow_unknown_type": True}, source="s", id="1").content == {"x": 1}


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"specversion": "0.3"}, "specversion", "Input should be '1.0'"),
        ({"type": "colomba.send_message.v2"}, "type", "Input should be 'colomba.send_message.v1'"),
        ({"id": ""}, "id", "at least 1 characters, was 0"),
        ({"id": "x" * 256}, "id", "at most 255 characters, was 256"),
        ({"source": "x" * 256}, "source", "at most 255 characters, was 256"),
        ({"source": 7}, "source", "Input should be a valid string"),
        ({"time": 1700000000}, "time", "Value error, must be an RFC 3339 date and time with offset"),
        ({"datacontenttype": "text/xml"}, "datacontenttype", "String should match pattern '^application/json\\b'"),
        ({"data": []}, "data", "Input should be a valid dictionary"),
    ],
)
def test_a_broken_envelope_names_its_field(changes, field, problem):
    assert violation(orjson.dumps(send_command() | changes)) == (field, problem)


@pytest.mark.parametrize("field", ["specversion", "type", "id", "source", "data"])
def test_an_envelope_lacks_nothing(field):
    event = send_command()
    del event[field]
    assert violation(orjson.dumps(event)) == (field, "is missing")


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [
        ({"to": ""}, "data.to", "at least 1 characters, was 0"),
        ({"to": "+" + "1" * 128}, "data.to", "at most 128 characters, was 129"),
        ({"to": None}, "data.to", "is missing: a message needs to or recipient"),
        ({"to": 393331234567}, "data.to", "Input should be a valid string"),
        ({"recipient": ""}, "data.recipient", "at least 1 characters, was 0"),
        ({"context": {"message_id": 7}}, "data.context.message_id", "Input should be a valid string"),
        ({"context": {"message_id": "w", "from": "1"}}, "data.context.from", "is not a field of this contract"),
        ({"recipient": "x" * 257}, "data.recipient", "at most 256 characters, was 257"),
        ({"messaging_product": "sms"}, "data.messaging_product", "Input should be 'whatsapp'"),
        ({"recipient_type": "crowd"}, "data.recipient_type", "Input should be 'individual' or 'group'"),
        ({"leadId": 3}, "data.leadId", "is not a field of this contract"),
        ({"lead_id": "3"}, "data.lead_id", "Input should be a valid integer"),
        ({"lead_id": 0}, "data.lead_id", "Input should be greater than or equal to 1"),
        ({"on_unknown": "retry"}, "data.on_unknown", "Input should be 'hold' or 'resend'"),
        ({"allow_unknown_type": "yes"}, "data.allow_unknown_type", "Input should be a valid boolean"),
        ({"context": {}}, "data.context.message_id", "is missing"),
        ({"context": {"message_id": "x" * 513}}, "data.context.message_id", "at most 512 characters, was 513"),
        ({"biz_opaque_callback_data": "x" * 513}, "data.biz_opaque_callback_data", "at most 512 characters, was 513"),
        ({"metadata": {"x": "y" * 8185}}, "data.metadata", "at most 8192 bytes, was 8193"),
        ({"send_at": "tomorrow"}, "data.send_at", None),
        ({"send_at": "2026-11-21T09:00:00"}, "data.send_at", "Input should have timezone info"),
        (
            {"send_at": "2026-11-21T09:00:00Z", "expires_at": "2026-11-21T09:00:00Z"},
            "data.expires_at",
            "must be later than send_at",
        ),
    ],
)
def test_a_broken_field_is_named_with_limit_and_length(change, field, problem):
    name, sentence = refused(**change)
    assert name == field
    assert problem is None or sentence == problem


@pytest.mark.parametrize(
    "change",
    [
        {"to": "+" + "1" * 127},
        {"recipient": "x" * 256},
        {"recipient": "x", "to": "1"},
        {"biz_opaque_callback_data": "x" * 512},
        {"context": {"message_id": "x" * 512}},
        {"metadata": {"x": "y" * 8184}},
    ],
)
def test_what_is_just_within_its_limit_decodes(change):
    assert decoded(**change).type == "text"


def test_a_type_cannot_name_a_field_of_the_contract():
    data = {"phone_number_id": "1", "to": "+393331234567", "type": "to", "allow_unknown_type": True}
    with pytest.raises(ContractViolation) as caught:
        from_data(data, source="s", id="1")
    assert (caught.value.field, caught.value.problem) == ("data.to", "is missing: type names it")


def test_the_value_is_never_told():
    secret = "+39333777888999" * 20
    assert secret not in " ".join(refused(to=secret))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b'{"a": NaN}', "is not JSON"),
        (b'"\\ud800"', "is not JSON"),
        (b"[]", "Input should be a valid dictionary"),
        (b"null", "Input should be a valid dictionary"),
        (b" " * (512 * 1024 + 1), "at most 524288 bytes, was 524289"),
    ],
)
def test_a_body_that_is_no_command_is_one_kind_of_error(body, problem):
    field, sentence = violation(body)
    assert field == "body"
    assert sentence.startswith(problem)


def nested(levels: int) -> object:
    value: object = "x"
    for _ in range(levels):
        value = [value]
    return value


def test_deep_nesting_is_refused_before_it_can_break_an_encoder():
    # data, metadata and the 62 arrays inside are 64 levels.
    assert decoded(metadata={"deep": nested(62)}).metadata == {"deep": nested(62)}
    assert refused(metadata={"deep": nested(63)}) == ("body", "at most 64 levels deep")
    data = send_command()["data"] | {"metadata": {"deep": nested(400)}}
    with pytest.raises(ContractViolation, match=r"^data: cannot be written as JSON"):
        from_data(data, source="s", id="1")


@pytest.mark.parametrize(
    "data", [{"text": {"body": "a\x00b"}}, {"metadata": {"a\x00": 1}}, {"metadata": {"l": ["\x00"]}}]
)
def test_nul_characters_are_refused_because_postgres_cannot_hold_them(data):
    assert refused(**data) == ("body", "holds a NUL character")


def test_nul_characters_are_refused_in_the_key_too():
    field, _ = violation(orjson.dumps(send_command(id="a\x00b")))
    assert field == "id"


def test_a_backslash_before_u0000_is_text():
    assert decoded(text={"body": "\\u0000"}).content == {"body": "\\u0000"}


def test_decoding_a_text_costs_little():
    body = orjson.dumps(send_command())
    assert (
        min(timeit(lambda: decode(body), number=200) / 200 for _ in range(5)) < 100e-6
    )  # 10 µs where nothing else runs
