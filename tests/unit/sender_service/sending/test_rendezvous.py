from collections import Counter

from sender_service.sending.rendezvous import preferred

NUMBERS = [f"{100000 + n}" for n in range(500)]


def test_nobody_owns_a_number_without_workers():
    assert preferred("1", []) is None


def test_every_process_comes_to_the_same_answer():
    assert preferred("1", ["a", "b", "c"]) == preferred("1", ["c", "a", "b"])


def test_numbers_are_shared_about_evenly():
    shares = Counter(preferred(number, ["a", "b", "c"]) for number in NUMBERS)
    assert min(shares.values()) > 120


def test_a_worker_that_leaves_moves_only_its_own_numbers():
    before = {number: preferred(number, ["a", "b", "c"]) for number in NUMBERS}
    after = {number: preferred(number, ["a", "b"]) for number in NUMBERS}
    assert all(after[number] == owner for number, owner in before.items() if owner != "c")


def test_releases_side_by_side_agree_on_every_owner():
    """During a rolling deployment old and new processes must come to the same answer: the hash never changes."""
    owners = [preferred(str(number), ["a", "b", "c"]) for number in range(100_000, 100_008)]
    assert owners == ["b", "a", "c", "a", "a", "a", "c", "b"]


def test_the_only_worker_owns_every_number():
    assert {preferred(number, ["a"]) for number in NUMBERS} == {"a"}


def test_the_answer_does_not_depend_on_names_that_look_alike_together():
    """Worker and number are told apart in what is hashed: ("a", "b1") is not ("ab", "1")."""
    shares = Counter(preferred(f"b{number}", ["a", "ab"]) == "a" for number in NUMBERS)
    assert min(shares.values()) > 180
