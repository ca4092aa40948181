"""A crash between any two awaits, answers lost at will: nothing processed twice, nothing vanished.

Short in `make test`; COLOMBA_STORY_STEPS=100000 makes the long run.
"""

import asyncio
import os
import warnings
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from sender_service.sending import dispatch, number, outcome, pairs
from sender_service.sending.pairs import PairPace
from tests.acceptance.sending.story import ECHO_WINDOW, Story
from tests.integration.store.sending.grounds import command

STEPS = int(os.environ.get("COLOMBA_STORY_STEPS", "240"))
STEPS_PER_EXAMPLE = 40
MOODS = ["accept", "accept", "cut before", "cut after", "page", "refuse 130429", "refuse 131056", "refuse 131047"]


class SendStory(RuleBasedStateMachine):
    dsn = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.story = Story(self.dsn)
        self.count = 0
        self.running = False
        self.run_(self.story.open())

    def run_(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    @rule(people=st.lists(st.integers(0, 3), min_size=1, max_size=6), resend=st.booleans(), bulk=st.booleans())
    def accept(self, *, people: list[int], resend: bool, bulk: bool) -> None:
        commands = []
        for person in people:
            self.count += 1
            commands.append(
                command(
                    f"{self.count}",
                    to=f"+39333000000{person}",
                    on_unknown="resend" if resend else "hold",
                    lane="bulk" if bulk else "priority",
                )
            )
        self.run_(self.story.accept(commands))

    @rule(moods=st.lists(st.sampled_from(MOODS), min_size=1, max_size=6))
    def change_mood(self, moods: list[str]) -> None:
        self.story.ledger.moods += moods

    @precondition(lambda self: not self.running)
    @rule()
    def start(self) -> None:
        self.running = True
        self.run_(self.story.start())

    @precondition(lambda self: self.running)
    @rule(turns=st.integers(0, 300))
    def go_on(self, turns: int) -> None:
        self.run_(self.story.steps(turns))

    @precondition(lambda self: self.running)
    @rule(turns=st.integers(0, 300))
    def crash(self, turns: int) -> None:
        self.run_(self.story.steps(turns))
        self.running = False
        self.run_(self.story.kill())

    @rule(seconds=st.sampled_from([2.0, 40.0, ECHO_WINDOW.total_seconds() + 1]))
    def time_passes(self, seconds: float) -> None:
        self.run_(self.story.pass_time(seconds))

    @rule()
    def echo(self) -> None:
        self.run_(self.story.echo())

    def teardown(self) -> None:
        try:
            self.run_(self.settle())
            self.judge()
        finally:
            self.run_(self.story.close())
            self.loop.close()

    async def settle(self) -> None:
        """No more faults: everything comes to its end."""
        self.story.ledger.moods.clear()
        await self.story.start()
        for _ in range(400):
            await self.story.pass_time(60.0)
            await self.story.echo()
            await self.story.steps(5)
            await asyncio.sleep(0.01)
            if await self.story.is_quiet():
                await self.story.echo()
                return
        raise AssertionError(f"never quiet: {await self.story.statuses()}")

    def judge(self) -> None:
        ledger, statuses = self.story.ledger, self.run_(self.story.statuses())
        assert all(times == 1 for times in ledger.processed.values()), "an attempt was processed twice"
        for message_id, sent in self.story.accepted.items():
            attempts = self.story.attempts_of(message_id)
            if sent.on_unknown == "hold":
                assert len(attempts) <= 1, f"{message_id}: a second attempt without permission {attempts}"
            wanted = {"delivered"} if attempts else {"failed", "unknown"}
            assert statuses[message_id] in wanted, f"{message_id}: {statuses[message_id]} with attempts {attempts}"


@pytest.mark.timeout(60 + STEPS // 4)
def test_no_crash_and_no_lost_answer_sends_twice_or_loses_a_command(postgres_dsn, monkeypatch):
    monkeypatch.setattr(number, "TAKE_OVER_SECONDS", 0.0)
    monkeypatch.setattr(number, "FULL_SECONDS", 0.0)
    # The pair limit has tests of its own; here its six seconds would be waited for in vain.
    monkeypatch.setattr(pairs, "FULL_SECONDS", 1e9)
    monkeypatch.setattr(PairPace, "block", lambda *_: None)
    monkeypatch.setattr(dispatch, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(dispatch, "RESCAN_SECONDS", 0.05)
    monkeypatch.setattr(dispatch, "SWEEP_SECONDS", 0.02)
    monkeypatch.setattr(outcome, "full_jitter", lambda *_, **__: 0.01)
    machine = type("SendStory", (SendStory,), {"dsn": postgres_dsn})
    with warnings.catch_warnings():
        # A killed worker leaves sockets behind, as a killed process does.
        warnings.simplefilter("ignore", ResourceWarning)
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=max(1, STEPS // STEPS_PER_EXAMPLE),
                stateful_step_count=STEPS_PER_EXAMPLE,
                suppress_health_check=list(HealthCheck),
                database=None,
                # Shrinking repeats runs of seconds; the steps of a failure are short enough to be read.
                phases=[Phase.generate],
            ),
        )
