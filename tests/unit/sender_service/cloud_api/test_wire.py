import json

import pytest

from sender_service.cloud_api.wire import Accepted, Doubtful, Refused, read

GOOD = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": "+1", "wa_id": "1"}],
    "messages": [{"id": "wamid.1", "message_status": "accepted"}],
}


def answered(data, *, status=200, content_type="application/json"):
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return read(status, content_type, body)


def test_an_accepted_message_has_its_id_status_and_contact():
    answer = answered(GOOD)
    assert isinstance(answer, Accepted)
    assert (answer.wamid, answer.message_status, answer.wa_id) == ("wamid.1", "accepted", "1")


def test_marking_as_read_is_accepted_without_an_id():
    assert answered({"success": True}) == Accepted(None, raw={"success": True})


def test_a_user_without_a_phone_number_is_told_by_user_id():
    answer = answered(GOOD | {"contacts": [{"input": "IT.1", "user_id": "IT.1"}]})
    assert (answer.wa_id, answer.user_id) == (None, "IT.1")


@pytest.mark.parametrize("data", [
    {}, {"messages": []}, {"messages": [{}]}, {"messages": [{"id": ""}]}, {"messages": [{"id": 7}]}, {"messages": "x"},
    {"messages": [None]}, {"success": False},
])  # fmt: skip
def test_200_without_a_message_id_is_doubtful(data):
    assert isinstance(answered(data), Doubtful)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'"x"', b"null", b'{"messages":[{"id":"wamid', b"\xff"])
@pytest.mark.parametrize("status", [200, 302, 404, 500, 502])
def test_what_is_not_a_json_object_is_doubtful_with_its_opening_kept(body, status):
    answer = answered(body, status=status, content_type="text/html")
    assert isinstance(answer, Doubtful)
    assert answer.status == status
    assert answer.raw["length"] == len(body)


def test_json_under_another_content_type_is_read_all_the_same():
    assert isinstance(answered(GOOD, content_type="text/javascript"), Accepted)


@pytest.mark.parametrize("status", [400, 401, 500, 200])
def test_an_error_is_told_by_its_code_whatever_the_status(status):
    error = {"message": "(#131047) Re-engagement", "code": 131047, "error_data": {"details": "24 h"}, "fbtrace_id": "A"}
    answer = answered({"error": error}, status=status)
    assert isinstance(answer, Refused)
    assert (answer.code, answer.details, answer.status, answer.transient) == (131047, "24 h", status, False)


@pytest.mark.parametrize("error", [{}, {"code": None}, {"code": "190"}, {"code": True}, {"message": "no"}])
def test_an_error_without_a_code_is_doubtful(error):
    assert isinstance(answered({"error": error}, status=400), Doubtful)


@pytest.mark.parametrize("data", [{"error": "no"}, {"detail": "no"}])
def test_a_failure_that_is_no_documented_error_is_doubtful(data):
    assert isinstance(answered(data, status=500), Doubtful)


def test_a_transient_error_says_so():
    assert answered({"error": {"code": 999, "is_transient": True}}, status=500).transient


def test_long_words_of_meta_are_cut():
    assert len(answered({"error": {"code": 100, "message": "x" * 9999}}, status=400).message) == 500
