"""Reads rows for many numbers at once: what is asked for in one turn of the event loop is one statement, not fifty.

What was read has waited, and is judged again before it is given.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from sender_service.model import Queued
from sender_service.store import send_queue
from sender_service.store.database import Pool, acquired
from shared.messaging.errors import NeighbourAway

BUFFER = 200
MOST_PLACES = 25

Judge: TypeAlias = Callable[[Sequence[Queued]], Awaitable[Sequence[Queued]]]


class Found(NamedTuple):
    """What was read, and those of it that may still go."""

    rows: list[Queued]
    may_go: list[Queued]


class _Wanted(NamedTuple):
    number: str
    lane: str
    after: int
    found: asyncio.Future[Found]

    @property
    def place(self) -> tuple[str, str]:
        return (self.number, self.lane)


class Reads:
    """`judge` answers those of the rows read that may still go; `start` runs a read beside everything else."""

    def __init__(self, pool: Pool, judge: Judge, start: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._pool = pool
        self._judge = judge
        self._start = start
        self._wanted: list[_Wanted] = []
        self._is_reading = False

    async def ahead(self, number: str, lane: str, after: int) -> Found:
        """The next rows of a number and lane past a cursor, at most `BUFFER`; raises `NeighbourAway`."""
        found: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
        self._wanted.append(_Wanted(number, lane, after, found))
        if not self._is_reading:
            self._is_reading = True
            self._start(self._read())
        return await found

    async def behind(self, number: str, lane: str, cursor: int, known: Sequence[int]) -> list[Queued]:
        """Rows up to a cursor that memory does not hold and that may still go."""
        async with acquired(self._pool) as conn:
            rows = await send_queue.read_behind(conn, number, lane, cursor=cursor, known=known, limit=BUFFER)
        return list(await self._judge(rows))

    async def _read(self) -> None:
        """Read until nobody wants anything; whoever asks meanwhile comes along with the next statement."""
        await asyncio.sleep(0)
        try:
            while self._wanted:
                await self._give(self._next())
        finally:
            self._is_reading = False

    def _next(self) -> dict[tuple[str, str], _Wanted]:
        """As many as fit into one statement, each number and lane once: a number that changed hands may ask twice."""
        wanted: dict[tuple[str, str], _Wanted] = {}
        later: list[_Wanted] = []
        for one in self._wanted:
            if len(wanted) < MOST_PLACES and one.place not in wanted:
                wanted[one.place] = one
            else:
                later.append(one)
        self._wanted = later
        return wanted

    async def _give(self, wanted: Mapping[tuple[str, str], _Wanted]) -> None:
        """An absent database is told to those who asked; anything else ends the worker."""
        try:
            found = await self._find([(one.number, one.lane, one.after) for one in wanted.values()])
        except NeighbourAway as error:
            for one in wanted.values():
                if not one.found.done():
                    one.found.set_exception(error)
            return
        for place, one in wanted.items():
            if not one.found.done():
                one.found.set_result(found[place])

    async def _find(self, places: Sequence[tuple[str, str, int]]) -> dict[tuple[str, str], Found]:
        async with acquired(self._pool) as conn:
            rows = await send_queue.read(conn, places, limit=BUFFER)
        found = {(number, lane): Found([], []) for number, lane, _ in places}
        for row in rows:
            found[row.phone_number_id, row.lane].rows.append(row)
        for row in await self._judge(rows):
            found[row.phone_number_id, row.lane].may_go.append(row)
        return found
