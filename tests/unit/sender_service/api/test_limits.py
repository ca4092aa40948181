import pytest

from sender_service.access import new_key
from sender_service.api import authenticate, limits
from sender_service.api.authenticate import Strangers, address_of
from sender_service.api.limits import Buckets
from sender_service.api.problems import Problem


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(limits, "time", clock)
    return clock


def refused(deed) -> int:
    """Retry-After of the refusal."""
    with pytest.raises(Problem) as problem:
        deed()
    assert problem.value.code == "RATE_LIMITED"
    return int(problem.value.headers["Retry-After"])


def test_a_burst_passes_and_then_the_rate(clock):
    buckets = Buckets(rate=0.5, burst=2)
    buckets.take("a")
    buckets.take("a")
    assert refused(lambda: buckets.take("a")) == 2
    clock.now += 1.9
    assert refused(lambda: buckets.take("a")) == 1
    clock.now += 0.2
    buckets.take("a")
    assert refused(lambda: buckets.take("a")) == 2
    clock.now += 3600
    buckets.take("a")
    buckets.take("a")
    assert refused(lambda: buckets.take("a")) == 2


def test_one_does_not_spend_what_is_anothers(clock):
    buckets = Buckets(rate=1, burst=1)
    buckets.take("a")
    buckets.take("b")
    assert refused(lambda: buckets.take("a")) == 1


def test_only_the_latest_are_remembered(clock):
    buckets = Buckets(rate=1, burst=1, most=2)
    for who in ("a", "b", "a", "c"):
        buckets.spend(who)
    buckets.refuse("b")
    assert refused(lambda: buckets.refuse("a")) == 2 - 1
    assert refused(lambda: buckets.refuse("c")) == 1


def test_an_address_that_fails_too_often_is_refused_unasked(clock):
    strangers, wrong = Strangers(per_minute=2), new_key()
    for key in (wrong, None):
        strangers.refuse("10.0.0.1", key)
        strangers.failed("10.0.0.1", key)
    assert refused(lambda: strangers.refuse("10.0.0.1", wrong)) == 30
    assert refused(lambda: strangers.refuse("10.0.0.1", None)) == 30
    strangers.refuse("10.0.0.2", wrong)
    clock.now += 30
    strangers.refuse("10.0.0.1", wrong)


def test_nobody_is_locked_out_by_a_neighbour_behind_the_same_proxy(clock):
    strangers, good = Strangers(per_minute=1), new_key()
    strangers.opened(good)
    strangers.failed("10.0.0.1", None)
    strangers.refuse("10.0.0.1", good)
    strangers.failed("10.0.0.1", good)
    assert refused(lambda: strangers.refuse("10.0.0.1", good)) == 60


def test_good_keys_are_remembered_in_bounded_memory(clock, monkeypatch):
    monkeypatch.setattr(authenticate, "REMEMBERED", 1)
    strangers, first, second = Strangers(per_minute=1), new_key(), new_key()
    strangers.opened(first)
    strangers.opened(second)
    strangers.failed("10.0.0.1", None)
    strangers.refuse("10.0.0.1", second)
    assert refused(lambda: strangers.refuse("10.0.0.1", first)) == 60


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("@unix", "@unix"),
        (None, ""),
    ],
)
def test_one_client_is_an_address_or_what_one_customer_can_choose_from(remote, address):
    assert address_of(remote) == address
