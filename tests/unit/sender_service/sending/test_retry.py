from sender_service.sending.retry import full_jitter, recipient_wait


def test_a_recipient_waits_four_to_the_power_of_the_tries():
    assert [recipient_wait(tries) for tries in range(4)] == [1.0, 4.0, 16.0, 64.0]


def test_a_recipient_never_waits_longer_than_about_an_hour():
    assert recipient_wait(100) == 4096.0


def test_full_jitter_lies_between_nothing_and_the_doubled_wait():
    waits = [full_jitter(failures, base=2.0, most=60.0, random=lambda: 1.0) for failures in range(8)]
    assert waits == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert full_jitter(3, base=2.0, most=60.0, random=lambda: 0.0) == 0.0
