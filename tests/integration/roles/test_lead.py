import asyncio

from sender_service.roles.lead import lead
from sender_service.store.database import acquired
from tests.waiting import until


class Work:
    """Counts how many do the work at this moment, and how often it began."""

    def __init__(self) -> None:
        self.now = 0
        self.begun = 0

    async def __call__(self, over: asyncio.Event) -> None:
        self.now += 1
        self.begun += 1
        try:
            await over.wait()
        finally:
            self.now -= 1


async def test_one_of_two_works_and_the_other_takes_over_at_once_when_it_stops(pool):
    first, second = Work(), Work()
    stop_first, stop_second = asyncio.Event(), asyncio.Event()
    one = asyncio.create_task(lead(pool, "scheduler", "one", first, stopping=stop_first))
    await until(lambda: first.now)
    other = asyncio.create_task(lead(pool, "scheduler", "other", second, stopping=stop_second))
    stop_first.set()
    await one
    assert first.now == 0
    await until(lambda: second.now, what="the take-over")
    stop_second.set()
    await other
    assert (first.begun, second.begun) == (1, 1)


async def test_a_lease_that_is_held_is_not_taken(pool):
    async with acquired(pool) as conn:
        await conn.execute("insert into role_leases values ('scheduler', 'another', 7, now() + interval '1 hour')")
    work, stopping = Work(), asyncio.Event()
    standing_by = asyncio.create_task(lead(pool, "scheduler", "one", work, stopping=stopping))
    async with acquired(pool) as conn:
        await conn.execute("select pg_sleep(0.2)")
    stopping.set()
    await standing_by
    assert work.begun == 0


async def test_a_new_holder_gets_a_higher_epoch(pool):
    async with acquired(pool) as conn:
        await conn.execute("insert into role_leases values ('scheduler', 'dead', 7, now() - interval '1 second')")
    work, stopping = Work(), asyncio.Event()
    leading = asyncio.create_task(lead(pool, "scheduler", "one", work, stopping=stopping))
    await until(lambda: work.now)
    async with acquired(pool) as conn:
        assert await conn.fetchval("select epoch from role_leases where role = 'scheduler'") == 8
    stopping.set()
    await leading


async def test_what_the_work_raises_ends_the_leading(pool):
    async def broken(_over: asyncio.Event) -> None:
        raise ZeroDivisionError

    leading = asyncio.create_task(lead(pool, "scheduler", "one", broken, stopping=asyncio.Event()))
    await asyncio.wait([leading], timeout=5)
    assert isinstance(leading.exception(), ZeroDivisionError)
