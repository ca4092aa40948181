"""Recovery, leaks, journals and plans of the fault runs."""

from argparse import Namespace
from pathlib import Path

import pytest

from deploy.chaos import __main__ as command_line
from deploy.chaos import journal
from deploy.chaos.outcome import failed, leaks, recoveries, skipped
from deploy.chaos.poison import bodies
from deploy.chaos.regimes import BY_NAME, REGIMES
from deploy.chaos.truth import _commands, _key
from deploy.stand.meta_bodies import PRIVATE


def test_recovery_counts_from_the_return_to_the_next_acknowledgement() -> None:
    assert recoveries([10.0, 20.0], [9.0, 12.5, 20.0, 21.0]) == [2.5, 1.0]


def test_a_return_without_any_acknowledgement_after_it_is_left_out() -> None:
    assert recoveries([10.0], [9.0]) == []


@pytest.mark.parametrize(
    "line", ['{"token": "EAAsecret"}', f"text {PRIVATE} key-1", '{"to": "393400000123"}', "393899999999"]
)
def test_a_log_line_with_a_secret_words_or_a_whole_number_is_a_leak(line: str) -> None:
    assert len(leaks([line], ["EAAsecret", PRIVATE])) == 1


@pytest.mark.parametrize(
    "line",
    [
        '{"to": "3934******23"}',
        '{"message_id": 4393400000123}',
        '{"at": 1393400000123}',
        '{"trace_id": "2b4f30dba393442494837d17af"}',
    ],
)
def test_ids_and_shortened_numbers_are_no_leak(line: str) -> None:
    assert leaks([line], ["EAAsecret"]) == []


def test_a_leak_is_told_without_the_line_that_leaks() -> None:
    assert "EAAsecret" not in leaks(["token EAAsecret"], ["EAAsecret"])[0]


def test_a_journal_keeps_whole_lines_and_drops_a_cut_one(tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    written = journal.Journal(path)
    written.write(wamid="w1", at=1.0)
    written.close()
    with path.open("a", encoding="utf-8") as cut:
        cut.write('{"wamid": "w')

    assert list(journal.read(path)) == [{"wamid": "w1", "at": 1.0}]
    assert list(journal.read(tmp_path / "none.jsonl")) == []


def test_a_command_is_confirmed_by_its_second_line() -> None:
    begun = {"key": "k1", "sequence": 0, "number": "n", "recipient": "r", "lane": "bulk", "resend": False}
    lines = [begun, begun | {"key": "k2"}, {"key": "k1", "confirmed_at": 5.0}]

    commands = _commands(lines)

    assert commands["k1"].confirmed_at == 5.0
    assert commands["k2"].confirmed_at is None


def test_a_key_is_read_back_from_the_text_of_its_message() -> None:
    assert _key(f"{PRIVATE} run-17") == "run-17"


def test_a_regime_that_could_not_be_judged_is_never_clean() -> None:
    assert not failed("kill9_worker", 1, "the worker did not start").is_clean


def test_a_regime_that_was_skipped_proves_nothing_and_says_why() -> None:
    outcome = skipped("disk_full_media", 1, "a small disk of its own takes root")

    assert not outcome.is_clean
    assert outcome.skipped == "a small disk of its own takes root"


@pytest.mark.parametrize(("kills", "kill", "freeze"), [(None, 5, 2), (200, 200, 20), (5, 5, 3), (1, 1, 1)])
def test_kills_count_whole_and_the_slow_faults_a_tenth(kills: int | None, kill: int, freeze: int) -> None:
    assert BY_NAME["kill9_worker"].faults(kills) == kill
    assert BY_NAME["freeze_worker"].faults(kills) == freeze


def test_names_of_regimes_are_unique() -> None:
    assert len(BY_NAME) == len(REGIMES)


def test_a_seed_given_is_the_seed_of_every_plan() -> None:
    arguments = Namespace(regime=["poison", "kill9_api"], kills=2, seed=7, rate=None, recipients=0, minutes=60)

    plans = command_line.plans(arguments)

    assert [(plan.regime.name, plan.seed) for plan in plans] == [("poison", 7), ("kill9_api", 7)]
    assert command_line.estimate(plans) > 0


def test_poison_comes_in_the_order_of_its_seed() -> None:
    import random

    assert bodies(random.Random(3)) == bodies(random.Random(3))
    assert len({bytes(body) for body in bodies(random.Random(3))}) == len(bodies(random.Random(3)))
