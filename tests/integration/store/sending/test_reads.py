"""Many numbers read together get each its own rows, and only its own."""

import asyncio

import pytest

from sender_service.sending.accept import Accept
from sender_service.sending.reads import BUFFER, MOST_PLACES, Reads
from shared.messaging.errors import NeighbourAway
from tests.builders import PHONE_NUMBER_ID
from tests.integration.store.sending import grounds
from tests.integration.store.sending.grounds import command


class Judge:
    """Lets pass what it was not told to stop; remembers how it was asked."""

    def __init__(self) -> None:
        self.stopped: set[int] = set()
        self.asked: list[int] = []
        self.fails: Exception | None = None

    async def __call__(self, rows):
        self.asked.append(len(rows))
        if self.fails is not None:
            raise self.fails
        return [row for row in rows if row.message_id not in self.stopped]


@pytest.fixture
def judge() -> Judge:
    return Judge()


@pytest.fixture
async def reads(pool, judge):
    tasks = set()
    yield Reads(pool, judge, lambda work: tasks.add(asyncio.create_task(work)))
    await asyncio.gather(*tasks)


@pytest.fixture
async def numbers(pool) -> list[str]:
    """More than one statement takes, with three messages each."""
    organization_id = await grounds.organization(pool)
    names = [PHONE_NUMBER_ID, *(f"9{n:05}" for n in range(MOST_PLACES + 5))]
    for name in names[1:]:
        await grounds.another_number(pool, organization_id, name)
    accept = Accept(pool, lambda _id, _events: None, hand_over=lambda _rows: set())
    await accept([command(f"{n} {name}", phone_number_id=name) for n in range(3) for name in names])
    return names


async def test_what_is_asked_for_in_one_turn_is_read_in_few_statements_and_given_to_whom_it_belongs(
    reads, judge, numbers
):
    found = await asyncio.gather(*(reads.ahead(name, "priority", 0) for name in numbers))
    assert [[row.phone_number_id for row in one.may_go] for one in found] == [[name] * 3 for name in numbers]
    assert all(ids == sorted(ids) for one in found if (ids := [row.message_id for row in one.rows]))
    assert judge.asked == [3 * MOST_PLACES, 3 * (len(numbers) - MOST_PLACES)]


async def test_what_may_not_go_any_more_is_read_and_not_given(reads, judge, numbers):
    [first, second, third] = (await reads.ahead(numbers[0], "priority", 0)).rows
    judge.stopped = {second.message_id}
    rows, may_go = await reads.ahead(numbers[0], "priority", 0)
    assert (rows, may_go) == ([first, second, third], [first, third])


async def test_a_number_asked_for_twice_with_other_cursors_gets_each_time_its_own(reads, numbers):
    all_of_it = (await reads.ahead(numbers[0], "priority", 0)).rows
    asked = (
        reads.ahead(numbers[0], "priority", after) for after in (0, all_of_it[0].message_id, all_of_it[2].message_id)
    )
    assert [one.rows for one in await asyncio.gather(*asked)] == [all_of_it, all_of_it[1:], []]


async def test_lanes_are_told_apart(reads, numbers):
    bulk, priority = await asyncio.gather(reads.ahead(numbers[0], "bulk", 0), reads.ahead(numbers[0], "priority", 0))
    assert (len(bulk.rows), len(priority.rows)) == (0, 3)


async def test_rows_behind_a_cursor_are_those_that_memory_does_not_hold(reads, judge, numbers):
    first, second, third = (await reads.ahead(numbers[0], "priority", 0)).rows
    judge.stopped = {first.message_id}
    assert await reads.behind(numbers[0], "priority", third.message_id, [second.message_id]) == [third]


async def test_an_absent_database_is_told_to_everyone_who_asked_and_the_next_read_goes_well(reads, judge, numbers):
    judge.fails = NeighbourAway("postgres")
    asked = [reads.ahead(name, "priority", 0) for name in numbers[:2]]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [NeighbourAway, NeighbourAway]
    judge.fails = None
    assert len((await reads.ahead(numbers[0], "priority", 0)).rows) == 3


async def test_one_read_is_bounded(pool, reads):
    await grounds.organization(pool)
    accept = Accept(pool, lambda _id, _events: None, hand_over=lambda _rows: set())
    await accept([command(str(n), to=f"+3933312{n:05}") for n in range(BUFFER + 1)])
    assert len((await reads.ahead(PHONE_NUMBER_ID, "priority", 0)).rows) == BUFFER
