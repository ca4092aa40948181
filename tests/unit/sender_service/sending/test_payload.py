"""Golden commands, one per type, and the exact body that Meta gets."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from sender_service.phone import normalize
from sender_service.sending.limits import check
from sender_service.sending.payload import build, request
from shared.contracts.send_message import KNOWN_TYPES, SendMessage, decode

DATA = Path(__file__).parents[3] / "data"
GOLDEN = sorted((DATA / "contracts/send_message").glob("*.json"))
SCHEMA = orjson.loads((DATA / "meta/openapi/messages-request.v23.repaired.schema.json").read_bytes())
ATTEMPT = "k3j2h1g4f5d6.7001.1"
# openapi/known-defects.json: what the schema does not know, and rejects.
UNKNOWN_TO_THE_SCHEMA = {
    "carousel_media", "carousel_product", "cta_url", "location_request", "voice_call", "address_message",
    "request_contact_info", "mark_read", "mark_read_typing", "bsuid", "unknown_type",
}  # fmt: skip


def golden(name: str) -> tuple[SendMessage, dict[str, Any]]:
    sample = orjson.loads((DATA / f"contracts/send_message/{name}.json").read_bytes())
    return decode(orjson.dumps(sample["command"])), sample["body"]


def built(command: SendMessage) -> dict[str, Any]:
    is_phone = command.to is not None and command.recipient_type == "individual"
    return build(request(command, normalize(command.to).digits if is_phone and command.to else None), ATTEMPT)


@pytest.mark.parametrize("name", [path.stem for path in GOLDEN])
def test_a_golden_command_becomes_exactly_this_body(name):
    command, body = golden(name)
    assert built(command) == body


@pytest.mark.parametrize("name", [path.stem for path in GOLDEN if path.stem != "unknown_type"])
def test_a_golden_command_is_within_all_limits(name):
    assert check(golden(name)[0]) is None


def test_an_unknown_type_goes_to_meta_with_a_warning():
    assert check(golden("unknown_type")[0]) == "type pin is not known here and goes to Meta as it is"


def test_every_type_has_a_golden_command():
    kinds = {golden(path.stem)[0].type for path in GOLDEN}
    assert kinds - {"pin"} == KNOWN_TYPES


@pytest.mark.parametrize("name", [path.stem for path in GOLDEN if path.stem not in UNKNOWN_TO_THE_SCHEMA])
def test_metas_own_schema_takes_the_body(name):
    body = built(golden(name)[0])
    for ours in ("biz_opaque_callback_data", "recipient_identity_key_hash"):
        body.pop(ours, None)
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(body)] == []


def test_metas_schema_refuses_what_it_should():
    body = built(golden("text")[0]) | {"type": "image"}
    assert not Draft202012Validator(SCHEMA).is_valid(body)


def test_to_wins_where_a_command_names_both():
    command, _ = golden("bsuid")
    data = {"phone_number_id": "1", "to": "x", "recipient": "MX.1", "type": "text", "text": {"body": "a"}}
    both = decode(orjson.dumps(_event(data)))
    assert "to" not in request(command)
    assert request(both, "529983162438")["to"] == "+529983162438"
    assert "recipient" not in request(both, "529983162438")


def test_marking_as_read_stays_that_whatever_else_stands_in_it():
    content = {"message_id": "wamid.1", "status": "deleted", "messaging_product": "x"}
    command = decode(orjson.dumps(_event({"phone_number_id": "1", "type": "mark_read", "mark_read": content})))
    expected = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"}
    assert build(request(command), "t.1.1") == expected


def test_each_attempt_carries_its_own_id_and_leaves_the_stored_request_alone():
    stored = request(golden("text")[0], "529983162438")
    first, second = build(stored, "t.1.1"), build(stored, "t.1.2")
    assert (first["biz_opaque_callback_data"], second["biz_opaque_callback_data"]) == ("t.1.1", "t.1.2")
    assert "biz_opaque_callback_data" not in stored


def _event(data: dict[str, Any]) -> dict[str, Any]:
    return {"specversion": "1.0", "type": "colomba.send_message.v1", "id": "1", "source": "s", "data": data}
