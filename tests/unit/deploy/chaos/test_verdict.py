"""The checker of the fault runs must be able to fail: each broken promise is fabricated once."""

import pytest

from deploy.chaos.verdict import Command, Logged, Processed, Truth, Verdict, judge

WINDOW = 5.0


def command(key: str, sequence: int = 1, **changes: object) -> Command:
    """A confirmed command to one recipient."""
    fields: dict[str, object] = {
        "number": "n1",
        "recipient": "r1",
        "lane": "bulk",
        "resend": False,
        "confirmed_at": 1.0,
    }
    return Command(key=key, sequence=sequence, **(fields | changes))  # type: ignore[arg-type]


def processed(key: str, attempt: int = 1, at: float = 1.0, *, echoed: bool = True) -> Processed:
    """One message in the ledger of Meta."""
    return Processed(key=key, attempt_id=f"i.{key}.{attempt}", attempt=attempt, at=at, echoed=echoed)


def judged(**lists: object) -> Verdict:
    """The verdict of a run with no finding but for the given lists."""
    empty: dict[str, object] = {
        "commands": [],
        "ledger": [],
        "logged": [],
        "acknowledged_wamids": [],
        "stored_wamids": [],
        "echo_window": WINDOW,
    }
    return judge(Truth(**(empty | lists)))  # type: ignore[arg-type]


def test_a_run_in_which_everything_arrived_once_is_clean() -> None:
    verdict = judged(
        commands=[command("a"), command("b", 2)],
        ledger=[processed("a", at=1), processed("b", at=2)],
        logged=[Logged("a", "read", 1), Logged("b", "sent", 1)],
        acknowledged_wamids=["w1"],
        stored_wamids=["w1"],
    )

    assert verdict.is_clean
    assert verdict.acknowledged == 3
    assert verdict.findings == []


def test_a_confirmed_command_without_a_row_is_lost() -> None:
    verdict = judged(commands=[command("a")])

    assert verdict.lost == 1
    assert not verdict.is_clean


def test_a_command_that_was_never_confirmed_cannot_be_lost() -> None:
    verdict = judged(commands=[command("a", confirmed_at=None)])

    assert verdict.is_clean


def test_a_dead_lettered_command_is_lost_and_the_finding_says_where_it_lies() -> None:
    verdict = judged(commands=[command("a")], dead_keys=frozenset({"a"}))

    assert verdict.lost == 1
    assert "dead letter" in verdict.findings[0]


def test_a_command_logged_as_sent_that_meta_never_saw_is_lost() -> None:
    assert judged(commands=[command("a")], logged=[Logged("a", "sent", 1)]).lost == 1


def test_a_command_logged_as_failed_that_meta_processed_is_a_lost_truth() -> None:
    assert judged(commands=[command("a")], ledger=[processed("a")], logged=[Logged("a", "failed", 1)]).lost == 1


def test_a_sound_command_that_was_given_up_is_lost() -> None:
    assert judged(commands=[command("a")], logged=[Logged("a", "failed", 1)]).lost == 1


def test_an_acknowledged_webhook_without_a_row_is_lost() -> None:
    assert judged(acknowledged_wamids=["w1", "w2"], stored_wamids=["w2"]).lost == 1


def test_a_webhook_stored_twice_is_a_duplicate() -> None:
    assert judged(acknowledged_wamids=["w1"], stored_wamids=["w1", "w1"]).duplicated == 1


def test_one_attempt_processed_twice_is_a_duplicate() -> None:
    verdict = judged(
        commands=[command("a")], ledger=[processed("a"), processed("a", at=2)], logged=[Logged("a", "sent", 1)]
    )

    assert verdict.duplicated == 1


@pytest.mark.parametrize(
    ("resend", "pause", "duplicated", "resent"),
    [(False, WINDOW + 1, 1, 0), (True, WINDOW - 1, 1, 0), (True, WINDOW + 1, 0, 1)],
    ids=["no permission", "before the echo window", "permitted"],
)
def test_a_second_attempt_needs_permission(*, resend: bool, pause: float, duplicated: int, resent: int) -> None:
    verdict = judged(
        commands=[command("a", resend=resend)],
        ledger=[processed("a", 1, at=1.0), processed("a", 2, at=1.0 + pause)],
        logged=[Logged("a", "sent", 2)],
    )

    assert (verdict.duplicated, verdict.resent) == (duplicated, resent)


def test_an_unknown_whose_echo_came_must_be_settled() -> None:
    verdict = judged(commands=[command("a")], ledger=[processed("a")], logged=[Logged("a", "unknown", 1)])

    assert verdict.unknown_unsettled == 1
    assert not verdict.is_clean


def test_an_unknown_that_meta_never_saw_is_held_and_breaks_no_promise() -> None:
    verdict = judged(commands=[command("a")], logged=[Logged("a", "unknown", 1)])

    assert verdict.held == 1
    assert verdict.is_clean


def test_an_unknown_whose_echo_never_came_is_counted_apart() -> None:
    verdict = judged(commands=[command("a")], ledger=[processed("a", echoed=False)], logged=[Logged("a", "unknown", 1)])

    assert (verdict.unechoed, verdict.unknown_unsettled) == (1, 0)


def test_a_command_that_never_ended_is_unfinished() -> None:
    verdict = judged(commands=[command("a")], logged=[Logged("a", "queued", 0)])

    assert verdict.unfinished == 1
    assert not verdict.is_clean


def test_two_commands_to_one_recipient_must_be_processed_in_order() -> None:
    rows = [Logged("a", "sent", 1), Logged("b", "sent", 1)]
    commands = [command("a", 1), command("b", 2)]

    verdict = judged(commands=commands, ledger=[processed("b", at=1), processed("a", at=2)], logged=rows)

    assert verdict.out_of_order == 1


@pytest.mark.parametrize("change", [{"recipient": "r2"}, {"lane": "priority"}, {"number": "n2"}])
def test_order_holds_only_within_one_number_recipient_and_lane(change: dict[str, str]) -> None:
    rows = [Logged("a", "sent", 1), Logged("b", "sent", 1)]
    commands = [command("a", 1), command("b", 2, **change)]

    verdict = judged(commands=commands, ledger=[processed("b", at=1), processed("a", at=2)], logged=rows)

    assert verdict.is_clean


def test_a_deliberate_resend_stands_outside_the_order() -> None:
    rows = [Logged("a", "sent", 2), Logged("b", "sent", 1)]
    commands = [command("a", 1, resend=True), command("b", 2)]

    verdict = judged(commands=commands, ledger=[processed("b", at=1), processed("a", 2, at=9)], logged=rows)

    assert verdict.is_clean


def test_a_resend_of_what_meta_never_saw_is_counted() -> None:
    verdict = judged(
        commands=[command("a", resend=True)], ledger=[processed("a", 2, at=9)], logged=[Logged("a", "sent", 2)]
    )

    assert (verdict.resent, verdict.duplicated, verdict.is_clean) == (1, 0, True)


def test_a_retried_command_that_nobody_resent_stands_in_the_order() -> None:
    rows = [Logged("a", "sent", 2), Logged("b", "sent", 1)]
    commands = [command("a", 1), command("b", 2)]

    verdict = judged(commands=commands, ledger=[processed("b", at=1), processed("a", 2, at=9)], logged=rows)

    assert verdict.out_of_order == 1


def test_a_picture_that_was_announced_and_is_not_kept_whole_is_lost() -> None:
    verdict = judged(pictures=["w1", "w2"], kept_pictures=["w2"])

    assert verdict.acknowledged == 2
    assert verdict.lost == 1
    assert not verdict.is_clean


def test_a_file_that_no_row_knows_is_no_coming_to_rest() -> None:
    verdict = judged(pictures=["w1"], kept_pictures=["w1"], stray_files=1)

    assert verdict.unfinished == 1
    assert not verdict.is_clean
