"""What a number chooses, and from when its messages count as chosen."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any
from unittest.mock import Mock

import pytest

from sender_service.model import Queued
from sender_service.sending.number import NumberDispatch
from sender_service.sending.slots import Slots
from sender_service.sending.tools import Tools, Wish
from sender_service.store.senders import State

STATE = State(
    id="106", organization_id=1, business_account_id="102", throughput=80, cap_per_second=None, cap_per_hour=None,
    cap_per_day=None, held=0.0, paused=False, token=b"", token_set_at=None, owner="me", epoch=1, lease_left=10.0,
    used_hour=0, used_day=0,
)  # fmt: skip


def message(message_id: int) -> Queued:
    facts = {"type": "text"}
    return Queued(
        1, message_id, "106", "bulk", f"39333{message_id}", ordered=True, attempt=0, tries=0, last_code=None,
        due_at=None, expires_at=None, template_id=None, campaign_id=None,
        request={"body": {"to": "+39333"}, "facts": facts},
    )  # fmt: skip


class Bench:
    """A number whose clock stands still until it is set, and whose wishes are kept."""

    def __init__(self) -> None:
        self.now = 100.0
        self.wishes: list[Wish] = []
        tools = Tools(
            pool=Mock(), cloud_api=Mock(), slots=Slots(2000), intents=Mock(add=self.wishes.extend), records=Mock(),
            reads=Mock(), installation="t", token_of=lambda _: "token", start=_never, now=lambda: datetime.now(UTC),
            monotonic=lambda: self.now,
        )  # fmt: skip
        self.number = NumberDispatch(STATE, 1, tools)
        self.number.line.add([message(n) for n in range(1, 100)])

    async def chosen(self) -> list[float]:
        """From when those count as chosen that are chosen now."""
        self.wishes.clear()
        self.number.kick()
        await asyncio.sleep(0)
        return [wish.since for wish in self.wishes]

    def refuse(self, wish: Wish) -> None:
        """An intent that ends without a call makes room for another."""
        self.number.refused(wish.message, Mock(reason="gone", seconds=0.0))


def _never(work: Coroutine[Any, Any, None]) -> None:
    work.close()


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_as_long_as_intents_are_full_messages_count_as_chosen_from_when_that_began(bench):
    assert await bench.chosen() == [100.0] * 4
    [first, *_] = bench.wishes
    bench.now += 0.080
    bench.refuse(first)
    assert await bench.chosen() == [100.0]


async def test_a_number_that_was_stopped_begins_anew(bench):
    await bench.chosen()
    [first, *_] = bench.wishes
    bench.number.update(STATE._replace(paused=True))
    bench.now += 0.030
    assert await bench.chosen() == []
    bench.number.update(STATE)
    bench.refuse(first)
    bench.now += 0.050
    bench.number.line.add([message(n) for n in range(200, 300)])
    assert await bench.chosen() == [bench.now]
