from deploy.chaos.rates import too_fast, worst_second


def test_evenly_spaced_sends_fill_a_second_and_no_more() -> None:
    assert worst_second(index / 80 for index in range(1000)) == 80


def test_a_hiccup_that_bunches_sends_is_seen_wherever_it_falls() -> None:
    moments = [index / 10 for index in range(100)] + [5.55] * 7
    assert worst_second(moments) == 17


def test_nothing_sent_is_nothing_too_fast() -> None:
    assert worst_second([]) == 0
    assert too_fast([], 81, "at the first byte") == []


def test_each_number_is_judged_for_itself() -> None:
    entries = [(number, index / 40) for number in ("1", "2") for index in range(80)]
    assert too_fast(entries, 40, "in the ledger") == []
    [finding] = too_fast([*entries, ("2", 1.01)], 40, "in the ledger")
    assert finding == "number 2 sent 41 in one second in the ledger, 40 are allowed"
