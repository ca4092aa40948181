import pytest

from sender_service.api.handlers.health import NO_BROKER, NO_NUMBER, Looked, judged

READY = Looked("1", None, None)
MUTE = Looked("2", "there is no access token for this number: set one", None)
PAUSED = Looked("3", None, "billing")


def test_what_is_ready_says_so():
    assert judged([READY], broker=True) == {
        "status": "healthy", "is_configured": True, "message": "WhatsApp integration ready",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("looked", "broker", "configured", "message"),
    [
        ([], True, False, NO_NUMBER),
        ([MUTE], True, False, "number 2: there is no access token for this number: set one"),
        ([READY, MUTE], True, True, "number 2: there is no access token for this number: set one"),
        ([PAUSED], True, True, "number 3 is paused (billing): POST numbers/3/resume"),
        ([READY], False, True, NO_BROKER),
        ([], False, False, f"{NO_NUMBER}; {NO_BROKER}"),
    ],
)
def test_what_is_missing_is_said_in_plain_words(looked, broker, configured, message):
    assert judged(looked, broker=broker) == {
        "status": "unhealthy", "is_configured": configured, "message": message,
    }  # fmt: skip
