"""What a number chooses, and from when its messages count as chosen."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, cast
from unittest.mock import AsyncMock, Mock

import pytest

from sender_service.cloud_api.client import Begun, CloudApi, Gate
from sender_service.cloud_api.wire import Accepted, Answer, NotSent, Refused
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


RUNNING: set[asyncio.Task[None]] = set()


def message(message_id: int) -> Queued:
    facts = {"type": "text"}
    return Queued(
        1, message_id, "106", "bulk", f"39333{message_id}", ordered=True, attempt=0, tries=0, last_code=None,
        due_at=None, expires_at=None, template_id=None, campaign_id=None,
        request={"body": {"to": "+39333"}, "facts": facts},
    )  # fmt: skip


class Meta:
    """Notes whose first byte left, and answers when it is told to."""

    def __init__(self) -> None:
        self.answers: list[asyncio.Future[Answer]] = []

    async def send(self, _number: str, _token: str, _body: object, *, gate: Gate) -> Answer:
        begun = await gate(self._begin)
        return begun if isinstance(begun, NotSent) else await self.answers[0]

    def _begin(self) -> Begun:
        self.answers.append(asyncio.get_running_loop().create_future())
        return asyncio.get_running_loop().create_future()


class Bench:
    """A number whose clock stands still until it is set, and whose wishes are kept."""

    def __init__(self) -> None:
        self.now = 100.0
        self.meta = Meta()
        self.wishes: list[Wish] = []
        tools = Tools(
            pool=Mock(), cloud_api=cast("CloudApi", self.meta), slots=Slots(2000), records=Mock(),
            reads=Mock(ahead=AsyncMock(return_value=([], []))), intents=Mock(add=self.wishes.extend), installation="t",
            token_of=lambda _: "token", start=_run, later=Mock(), now=lambda: datetime.now(UTC),
            monotonic=lambda: self.now,
        )  # fmt: skip
        self.number = NumberDispatch(STATE, 1, tools)
        self.number.lease_until = self.now + 10
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


def _run(work: Coroutine[Any, Any, None]) -> None:
    RUNNING.add(asyncio.get_running_loop().create_task(work))


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_as_long_as_intents_are_full_messages_count_as_chosen_from_when_that_began(bench):
    assert await bench.chosen() == [100.0] * 4
    first, second, *_ = bench.wishes
    bench.now += 0.080
    bench.refuse(first)
    assert await bench.chosen() == [100.0]
    bench.now += 0.030
    bench.refuse(second)
    assert await bench.chosen() == [100.0]


async def test_where_fewer_are_open_than_may_be_a_message_counts_from_when_it_comes(bench):
    bench.number.line.clear()
    bench.number.line.add([message(1), message(2)])
    assert await bench.chosen() == [100.0] * 2
    bench.now += 0.080
    bench.number.line.add([message(3)])
    assert await bench.chosen() == [bench.now]


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


async def test_an_answer_that_stops_the_number_lets_nobody_go_who_waits(bench):
    await bench.chosen()
    for wish in bench.wishes:
        bench.number.granted(wish, bench.now)
    await rounds()
    assert len(bench.meta.answers) == 1
    bench.now += 0.050
    bench.meta.answers[0].set_result(Refused(190, "the token has expired", status=401))
    await rounds()
    assert len(bench.meta.answers) == 1


async def test_an_answer_that_stops_nothing_lets_those_go_whose_tokens_are_there(bench):
    await bench.chosen()
    for wish in bench.wishes:
        bench.number.granted(wish, bench.now)
    await rounds()
    bench.now += 0.020
    bench.meta.answers[0].set_result(Accepted("wamid.1"))
    await rounds()
    assert len(bench.meta.answers) == 2


async def rounds() -> None:
    """As many of the event loop as a call may take."""
    for _ in range(10):
        await asyncio.sleep(0)
