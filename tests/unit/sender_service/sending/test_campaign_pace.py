import pytest

from sender_service.sending import campaign_pace as pace


def room(**changes):
    return pace.allowance(**({"rate": 80.0, "share": 1.0, "waiting": 0, "since_fed": None} | changes))


def test_a_campaign_alone_on_its_number_fills_the_queue_batch_by_batch_and_no_further():
    assert room() == pace.BATCH
    assert room(waiting=80 * 30 - 5) == 5
    assert room(waiting=80 * 30) == 0
    assert room(waiting=10_000) == 0


def test_a_share_is_a_rate_over_time():
    assert room(share=0.1, since_fed=1.0) == 8
    assert room(share=0.1, since_fed=0.0) == 0
    assert room(share=0.1, since_fed=-3.0) == 0, "used up ahead"
    assert room(share=0.1, since_fed=3600.0) == 16, "what was not used gathers for two seconds only"


def test_the_smallest_share_still_sends():
    assert room(rate=1.0, share=0.01, since_fed=99.0) == 0
    assert room(rate=1.0, share=0.01, since_fed=1000.0) == 1


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, None),
        ({"template_paused": True, "number_paused": True}, "template"),
        ({"number_paused": True}, "number"),
        ({"settled": 19, "failed": 19}, None),
        ({"settled": 20, "failed": 4}, None),
        ({"settled": 20, "failed": 5}, "failures"),
    ],
)
def test_what_stops_a_campaign(facts, reason):
    given = {"number_paused": False, "template_paused": False, "settled": 0, "failed": 0, "limit": 0.2} | facts
    assert pace.pause_reason(**given) == reason


@pytest.mark.parametrize(("own", "seconds"), [(80.0, 2.0), (0.5, 2.0), (0.25, 4.0), (0.01, 100.0)])
def test_a_share_gathers_until_it_is_one_message_at_least(own, seconds):
    assert pace.window(own) == seconds


def test_before_its_first_batch_a_share_has_gathered_fully():
    assert room(share=0.1) == 16
    assert room(rate=10.0, share=0.01) == 1


def test_a_slow_number_has_a_backlog_of_a_few_all_the_same():
    assert room(rate=0.1) == pace.LEAST_BACKLOG
    assert room(rate=0.1, waiting=pace.LEAST_BACKLOG - 1) == 1
    assert room(rate=1.0, waiting=25) == 5


def test_what_waits_already_counts_against_a_share_too():
    assert room(share=0.5, since_fed=1.0, waiting=40 * 30 - 7) == 7
    assert room(share=0.5, since_fed=1.0) == 40
    assert room(rate=1000.0, share=0.5, since_fed=2.0) == pace.BATCH


@pytest.mark.parametrize(("settled", "failed"), [(0, 0), (19, 19), (20, 0), (1000, 200)])
def test_few_outcomes_and_few_failures_stop_nothing(settled, failed):
    reason = pace.pause_reason(number_paused=False, template_paused=False, settled=settled, failed=failed, limit=0.2)
    assert reason is None
