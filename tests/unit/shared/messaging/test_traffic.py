from shared.messaging.traffic import Traffic


def test_a_lone_message_is_no_dense_traffic():
    traffic = Traffic(rate=100)

    traffic.note(1, 50.0)
    traffic.note(1, 51.0)

    assert not traffic.is_dense


def test_a_burst_is_seen_at_once():
    traffic = Traffic(rate=100)

    traffic.note(1, 50.0)
    traffic.note(10, 50.01)

    assert traffic.is_dense


def test_steady_traffic_above_the_rate_stays_dense_and_its_end_is_noticed():
    traffic = Traffic(rate=100)
    moments = [50 + number * 0.02 for number in range(50)]

    for moment in moments:
        traffic.note(5, moment)
    assert traffic.is_dense

    traffic.note(1, moments[-1] + 1.0)
    traffic.note(1, moments[-1] + 2.0)
    assert not traffic.is_dense


def test_steady_traffic_below_the_rate_never_becomes_dense():
    traffic = Traffic(rate=100)

    for number in range(200):
        traffic.note(1, 50 + number * 0.02)
        assert not traffic.is_dense


def test_ten_messages_in_a_tenth_of_a_second_are_a_hundred_per_second():
    few, enough = Traffic(rate=100), Traffic(rate=100)
    for traffic in (few, enough):
        traffic.note(0, 50.0)

    few.note(9, 50.05)
    enough.note(10, 50.05)

    assert (few.is_dense, enough.is_dense) == (False, True)


def test_what_came_in_several_notes_is_counted_together():
    traffic = Traffic(rate=100)
    traffic.note(0, 50.0)

    for moment in (50.01, 50.02):
        traffic.note(5, moment)

    assert traffic.is_dense


def test_a_long_silence_is_judged_by_its_length():
    traffic = Traffic(rate=100)
    traffic.note(0, 50.0)

    traffic.note(50, 51.0)
    assert not traffic.is_dense

    traffic.note(100, 52.0)
    assert traffic.is_dense


def test_a_span_that_is_over_is_forgotten():
    traffic = Traffic(rate=100)
    traffic.note(0, 50.0)
    traffic.note(9, 50.2)

    traffic.note(9, 50.25)

    assert not traffic.is_dense


def test_density_ends_only_with_a_span():
    traffic = Traffic(rate=100)
    traffic.note(0, 50.0)
    traffic.note(20, 50.1)
    assert traffic.is_dense

    traffic.note(1, 50.15)
    assert traffic.is_dense

    traffic.note(1, 50.25)
    assert not traffic.is_dense


def test_traffic_begins_sparse():
    assert Traffic(rate=100).is_dense is False


def test_the_first_span_counts_from_nothing():
    traffic = Traffic(rate=100)
    traffic.note(9, 0.05)
    assert not traffic.is_dense


def test_a_span_ends_at_its_tenth_of_a_second():
    traffic = Traffic(rate=100)
    traffic.note(6, 0.1)
    traffic.note(5, 0.1)
    assert not traffic.is_dense
