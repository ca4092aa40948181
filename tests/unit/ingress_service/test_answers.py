import orjson
import pytest

from ingress_service import errors
from ingress_service.errors import Refusal, Refused
from ingress_service.webhook import App, challenge

ALL = {name: value for name, value in vars(errors).items() if isinstance(value, Refusal)}
APP = App("", (b"secret",), "token")


def test_the_answer_to_a_wrong_signature_is_the_one_callers_rely_on():
    assert errors.SIGNATURE_INVALID.status == 403
    assert orjson.loads(errors.SIGNATURE_INVALID.body())["errorCode"] == "WHATSAPP_SIGNATURE_INVALID"


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_refusal_says_its_code_and_status_as_problem_json_and_nothing_of_the_request(name):
    refusal = ALL[name]
    body = orjson.loads(refusal.body())

    assert set(body) == {"type", "title", "status", "errorCode"}
    assert (body["type"], body["title"]) == ("about:blank", refusal.title)
    assert (body["status"], body["errorCode"]) == (refusal.status, refusal.error_code)
    assert f"{name} " in errors.__doc__
    assert f"{refusal.status}    {refusal.error_code}" in errors.__doc__


def test_the_codes_are_distinct():
    assert len({refusal.error_code for refusal in ALL.values()}) == len(ALL)


def test_the_challenge_is_given_back_for_the_right_token():
    assert challenge(APP, "subscribe", ["token"], "1158201444") == "1158201444"


@pytest.mark.parametrize(
    ("mode", "tokens"),
    [
        ("subscribe", ["wrong"]),
        ("subscribe", []),
        ("subscribe", ["token", "token"]),
        ("unsubscribe", ["token"]),
        ("", ["token"]),
    ],
)
def test_anything_else_is_no_verification(mode, tokens):
    with pytest.raises(Refused):
        challenge(APP, mode, tokens, "1158201444")


def test_an_app_without_a_verify_token_verifies_nothing():
    with pytest.raises(Refused):
        challenge(App("", (b"secret",), ""), "subscribe", [""], "1")


def test_a_refused_request_carries_its_answer_and_is_logged_by_its_code():
    refused = Refused(errors.TOO_BUSY)

    assert refused.refusal is errors.TOO_BUSY
    assert str(refused) == "SERVICE_BUSY"
