"""Reads the rows of one number into memory: past a cursor for each lane, and only as many as are about to go.

Without the cursor an old snapshot makes reading slower with every row sent; because of it, rows that become visible
behind it (late commits, what was put back) have to be looked for again.
"""

from collections.abc import Callable, Coroutine, Sequence
from math import inf
from typing import Any

from sender_service.model import Queued
from sender_service.sending.line import LANES, Line
from sender_service.sending.reads import BUFFER, Reads
from shared.messaging.errors import NeighbourAway

MOST_IN_MEMORY = 1000
_FIRST = 0


class Reader:
    """`start` runs a read beside everything else; `changed` is called when the line has more."""

    def __init__(
        self,
        number: str,
        line: Line,
        reads: Reads,
        *,
        start: Callable[[Coroutine[Any, Any, None]], None],
        changed: Callable[[], None],
    ) -> None:
        self._number = number
        self._line = line
        self._reads = reads
        self._start = start
        self._changed = changed
        self._cursor = dict.fromkeys(LANES, _FIRST)
        self._caught_up = dict.fromkeys(LANES, False)
        self._reading: set[str] = set()
        # Of each lane, the first row that was left to be read since its reading began.
        self._left = dict.fromkeys(LANES, inf)
        self._closed = False

    @property
    def is_idle(self) -> bool:
        """Nothing is being read, and there was nothing more at the last look."""
        return not self._reading and all(self._caught_up.values())

    @property
    def cursors(self) -> tuple[int, int]:
        """Of the priority and the bulk lane."""
        return (self._cursor["priority"], self._cursor["bulk"])

    def offer(self, rows: Sequence[Queued]) -> None:
        """Rows accepted or come due just now; where memory is behind anyway they are read later."""
        for row in rows:
            if row.message_id <= self._cursor[row.lane] or self._holds_all(row.lane):
                self._line.add([row])
                self._cursor[row.lane] = max(self._cursor[row.lane], row.message_id)
            else:
                self._leave(row)

    def look(self) -> None:
        """There may be rows past the cursors."""
        self._caught_up = dict.fromkeys(LANES, False)

    def step_back(self, message: Queued) -> None:
        """A message was put back: read from it on."""
        self._cursor[message.lane] = min(self._cursor[message.lane], message.message_id - 1)
        self._leave(message)

    def begin_again(self) -> None:
        """Forget what waits in memory and begin with the oldest open row."""
        self._line.clear()
        self._cursor = dict.fromkeys(LANES, _FIRST)
        self.look()

    def close(self) -> None:
        """Read nothing more."""
        self._closed = True
        self._line.clear()

    def refill(self) -> None:
        """Read what there is room for; a password does not wait for the reading of a campaign."""
        if self._closed or not self._has_room():
            return
        for lane in LANES:
            if not self._caught_up[lane] and lane not in self._reading and self._line.waiting(lane) < BUFFER // 2:
                self._reading.add(lane)
                self._start(self._read(lane))

    async def read_behind(self) -> None:
        """Take in rows behind the cursors that memory does not hold."""
        for lane in LANES:
            may_go = await self._reads.behind(self._number, lane, self._cursor[lane], self._line.known())
            if not self._closed and self._has_room():
                self._line.add(may_go)
        self._changed()

    async def _read(self, lane: str) -> None:
        try:
            await self._read_lane(lane)
        finally:
            self._reading.discard(lane)
        self._changed()

    async def _read_lane(self, lane: str) -> None:
        after = self._cursor[lane]
        self._caught_up[lane] = True
        self._left[lane] = inf
        try:
            rows, may_go = await self._reads.ahead(self._number, lane, after)
        except NeighbourAway:
            self._caught_up[lane] = False
            raise
        self._take_in(lane, after, rows, may_go)

    def _take_in(self, lane: str, after: int, rows: Sequence[Queued], may_go: Sequence[Queued]) -> None:
        """Unless the cursor was set back meanwhile: then it is read once more.

        It passes nothing that was left to be read: of batches accepted side by side the read may have seen the later.
        """
        if self._closed or self._cursor[lane] < after:
            return
        self._line.add(may_go)
        if rows:
            seen = min(rows[-1].message_id, self._left[lane] - 1)
            self._cursor[lane] = max(self._cursor[lane], int(seen))
        if len(rows) == BUFFER:
            self._caught_up[lane] = False

    def _leave(self, row: Queued) -> None:
        """Leave it to be read."""
        self._caught_up[row.lane] = False
        self._left[row.lane] = min(self._left[row.lane], row.message_id)

    def _holds_all(self, lane: str) -> bool:
        """Memory holds all there is of the lane: what comes new may be added without reading."""
        return self._caught_up[lane] and lane not in self._reading and self._has_room()

    def _has_room(self) -> bool:
        return len(self._line) < MOST_IN_MEMORY
