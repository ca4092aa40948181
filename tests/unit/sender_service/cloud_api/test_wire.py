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


def test_an_answer_keeps_everything_it_says():
    data = GOOD | {"contacts": [{"input": "+1", "wa_id": "1", "user_id": "US.1"}]}
    assert answered(data) == Accepted("wamid.1", "accepted", "1", "US.1", raw=data)


@pytest.mark.parametrize("contacts", [None, [], "x", [None], [{"wa_id": 1, "user_id": []}]])
def test_a_message_without_a_readable_contact_is_accepted(contacts):
    data = {"messages": [{"id": "wamid.1", "message_status": 7}], "contacts": contacts}
    assert answered(data) == Accepted("wamid.1", None, None, None, raw=data)


@pytest.mark.parametrize(("status", "taken"), [(199, False), (200, True), (201, True), (299, True), (300, False)])
def test_only_a_success_is_a_success(status, taken):
    answer = answered(GOOD, status=status)
    expected = "wamid.1" if taken else Doubtful("an error without a code", status, raw=GOOD)
    assert (answer.wamid if isinstance(answer, Accepted) else answer) == expected


def test_success_beside_messages_is_no_mark_as_read():
    data = GOOD | {"success": True}
    assert isinstance(answered(data), Accepted)
    assert answered(data).wamid == "wamid.1"
    assert answered({"success": True, "messages": []}) == Doubtful(
        "accepted without a message id", 200, raw={"success": True, "messages": []}
    )
    assert answered({"success": "true"}) == Doubtful("accepted without a message id", 200, raw={"success": "true"})


def test_what_is_doubtful_says_why_and_keeps_what_came():
    page = b"<html>" + b"x" * 300 + b"\xff"
    raw = {"content_type": "text/html", "length": 307, "opening": "<html>" + "x" * 194}
    assert answered(page, status=502, content_type="text/html") == Doubtful("the answer is not JSON", 502, raw=raw)
    raw = {"content_type": "x" * 100, "length": 3, "opening": "[1]"}
    answer = answered(b"[1]", content_type="x" * 200)
    assert answer == Doubtful("the answer is not a JSON object", 200, raw=raw)
    assert answered(b"\xff").raw["opening"] == "\ufffd"
    data = {"error": {"message": "no"}}
    assert answered(data, status=400) == Doubtful("an error without a code", 400, raw=data)


def test_a_refusal_keeps_everything_it_says():
    error = {"code": 100, "message": "m", "title": "t", "error_data": {"details": "d"}, "is_transient": False}
    data = {"error": error}
    assert answered(data, status=400) == Refused(100, "m", details="d", status=400, transient=False, raw=data)


@pytest.mark.parametrize(
    ("error", "message", "details"),
    [
        ({"title": "t"}, "t", ""),
        ({"message": "", "title": "t"}, "t", ""),
        ({"message": 7}, "7", ""),
        ({}, "", ""),
        ({"error_data": "x"}, "", ""),
        ({"error_data": {}}, "", ""),
        ({"error_data": {"details": None}}, "", ""),
        ({"error_data": {"details": "x" * 501}}, "", "x" * 500),
        ({"error_data": {"details": "x" * 500}}, "", "x" * 500),
    ],
)
def test_a_refusal_is_read_as_far_as_it_can_be(error, message, details):
    answer = answered({"error": {"code": 1} | error}, status=400)
    assert isinstance(answer, Refused)
    assert (answer.message, answer.details) == (message, details)


@pytest.mark.parametrize("flag", [1, "true", None])
def test_only_true_is_transient(flag):
    answer = answered({"error": {"code": 1, "is_transient": flag}}, status=400)
    assert isinstance(answer, Refused)
    assert answer.transient is False
