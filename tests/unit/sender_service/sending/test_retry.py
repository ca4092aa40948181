from sender_service.sending.retry import full_jitter, recipient_wait


def test_a_recipient_waits_four_to_the_power_of_the_tries():
    assert [recipient_wait(tries) for tries in range(4)] == [1.0, 4.0, 16.0, 64.0]


def test_a_recipient_never_waits_longer_than_about_an_hour():
    assert recipient_wait(100) == 4096.0


def test_full_jitter_lies_between_nothing_and_the_doubled_wait():
    waits = [full_jitter(failures, base=2.0, most=60.0, random=lambda: 1.0) for failures in range(8)]
    assert waits == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert full_jitter(3, base=2.0, most=60.0, random=lambda: 0.0) == 0.0


def test_jitter_takes_its_share_of_the_wait():
    assert full_jitter(2, base=3.0, most=60.0, random=lambda: 0.5) == 6.0


def test_however_often_it_failed_the_wait_is_a_number():
    assert full_jitter(10_000, base=1.0, most=1e300, random=lambda: 1.0) == 2.0**30
    assert recipient_wait(6) == recipient_wait(5) * 4 == 4096.0
