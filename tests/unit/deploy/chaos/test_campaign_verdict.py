"""Every way a campaign can go wrong is fabricated once: a run that breaks a promise cannot pass."""

import pytest

from deploy.chaos.campaign_verdict import Told, judge


def told(status: str | None = "read", processed: int = 1, message_id: int | None = 7) -> Told:
    return Told("393500000001", status, message_id, processed)


def test_everybody_once_is_clean() -> None:
    verdict = judge([told(), told("sent"), told("delivered")], 3)

    assert verdict.is_clean
    assert verdict.acknowledged == 3


@pytest.mark.parametrize(
    ("one", "counter"),
    [
        (told(processed=2), "duplicated"),
        (told(None, message_id=None), "duplicated"),
        (told(processed=0), "lost"),
        (told("failed", processed=0), "lost"),
        (told("failed"), "lost"),
        (told("unknown"), "unknown_unsettled"),
        (told("unknown", processed=0), "unknown_unsettled"),
        (told("queued", processed=0), "unfinished"),
        (told("waiting", processed=0, message_id=None), "unfinished"),
    ],
)
def test_each_breach_is_counted(one, counter) -> None:
    verdict = judge([one], 1 if one.status is not None else 0)

    assert not verdict.is_clean
    assert getattr(verdict, counter) == 1


def test_recipients_that_never_got_into_the_campaign_are_lost() -> None:
    assert judge([told()], 3).lost == 2
