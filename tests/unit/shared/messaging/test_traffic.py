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
