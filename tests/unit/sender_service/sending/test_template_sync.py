"""What a synchronization changes."""

from dataclasses import replace

import pytest

from sender_service.cloud_api.templates import RemoteTemplate
from sender_service.sending.template_sync import LocalTemplate, StatusChange, SyncPlan, plan

BODY = [{"type": "BODY", "text": "Hola"}]
LOCAL = LocalTemplate(
    id=7, meta_id="10", name="a", language="es", status="APPROVED", category="UTILITY", components=BODY
)
REMOTE = RemoteTemplate(meta_id="10", name="a", language="es", status="APPROVED", category="UTILITY", components=BODY)


def test_what_is_the_same_changes_nothing():
    assert plan([LOCAL], [REMOTE]) == SyncPlan([], [], [])


def test_what_is_new_is_stored_and_told():
    new = replace(REMOTE, meta_id="11", language="en")
    assert plan([LOCAL], [REMOTE, new]) == SyncPlan([new], [], [StatusChange("a", "en", None, "APPROVED")])


@pytest.mark.parametrize(
    "change",
    [
        {"meta_id": "12"},
        {"category": "MARKETING"},
        {"parameter_format": "NAMED"},
        {"quality": "RED"},
        {"rejected_reason": "SPAM"},
        {"components": []},
    ],
)
def test_a_difference_is_stored(change):
    other = replace(REMOTE, **change)
    assert plan([LOCAL], [other]) == SyncPlan([other], [], [])


def test_another_status_is_stored_and_told():
    paused = replace(REMOTE, status="PAUSED")
    assert plan([LOCAL], [paused]) == SyncPlan([paused], [], [StatusChange("a", "es", "APPROVED", "PAUSED")])


def test_what_meta_no_longer_lists_is_gone_once():
    gone = plan([LOCAL], [])
    assert gone == SyncPlan([], [7], [StatusChange("a", "es", "APPROVED", "DELETED")])
    assert plan([replace(LOCAL, status="DELETED")], []) == SyncPlan([], [], [])


def test_a_template_made_again_comes_back():
    deleted = replace(LOCAL, status="DELETED", meta_id="9")
    assert plan([deleted], [REMOTE]) == SyncPlan([REMOTE], [], [StatusChange("a", "es", "DELETED", "APPROVED")])


def test_languages_are_told_apart():
    rows = [LOCAL, replace(LOCAL, id=8, language="en")]
    assert plan(rows, [REMOTE]).gone == [8]


def test_our_own_disabling_is_not_among_what_a_sync_knows():
    assert "disabled" not in " ".join(LocalTemplate.__slots__)
