from sender_service.sending.slots import Slots


def test_no_number_takes_more_than_half_of_the_calls():
    slots = Slots(4)
    assert [slots.take("a") for _ in range(3)] == [True, True, False]
    assert [slots.take("b") for _ in range(3)] == [True, True, False]
    assert slots.taken == 4


def test_all_numbers_together_take_no_more_than_there_are():
    slots = Slots(5)
    assert [slots.take(who) for who in "aabbccc"] == [True] * 5 + [False] * 2
    assert slots.taken == 5


def test_where_only_one_call_is_open_at_once_every_number_may_have_it():
    slots = Slots(1)
    assert slots.take("a")
    assert not slots.take("b")
    slots.give_back("a")
    assert slots.take("b")


def test_what_is_given_back_can_be_taken_again():
    slots = Slots(4)
    slots.take("a")
    slots.take("a")
    slots.give_back("a")
    assert slots.taken == 1
    assert slots.take("a")
    assert not slots.take("a")
    slots.give_back("a")
    slots.give_back("a")
    assert slots.taken == 0
    assert [slots.take(who) for who in "bbcc"] == [True] * 4


def test_numbers_without_an_open_call_are_forgotten():
    slots = Slots(4)
    for number in range(1_000):
        assert slots.take(number)
        slots.give_back(number)
    assert slots._taken == {}
