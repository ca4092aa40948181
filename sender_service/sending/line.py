"""Which message of one number goes next: priority first, one at a time per recipient, nobody before their turn.

Memory holds only what is about to go. Order is decided by the database when the intent is written; here it is a hint
that avoids asking in vain.
"""

from collections import deque
from collections.abc import Iterable
from heapq import heappop, heappush

from sender_service.model import Queued
from sender_service.sending.pairs import NEAR_SECONDS, PairPace

LANES = ("priority", "bulk")


class Line:
    """The messages of one number that are read and not settled."""

    def __init__(self, pairs: PairPace) -> None:
        self.pairs = pairs
        self.put_off: list[tuple[Queued, float]] = []
        self._known: set[int] = set()
        self._lanes: dict[str, deque[Queued]] = {lane: deque() for lane in LANES}
        # A recipient with a message under way or near its turn, and those that wait behind it.
        self._behind: dict[tuple[str, str], deque[Queued]] = {}
        self._near: list[tuple[float, int, Queued]] = []
        # Those that waited behind another come before everything that was put off for the same recipient.
        self._ahead: set[int] = set()

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, message_id: int) -> bool:
        return message_id in self._known

    def known(self) -> list[int]:
        """Ids of everything in memory, waiting or under way."""
        return list(self._known)

    def waiting(self, lane: str) -> int:
        """How many of a lane were read and not looked at yet."""
        return len(self._lanes[lane])

    def add(self, messages: Iterable[Queued]) -> None:
        """Take messages in the order of acceptance; one that is here already is left alone."""
        for message in messages:
            if message.message_id not in self._known:
                self._known.add(message.message_id)
                self._lanes[message.lane].append(message)

    def take(self, now: float) -> Queued | None:
        """The next message that may go now; it is under way until `done`. What must wait longer goes to `put_off`."""
        for lane in LANES:
            if (message := self._take_near(lane, now)) or (message := self._take_from(lane, now)):
                return message
        return None

    def next_turn(self) -> float | None:
        """When the first message near its turn may go; None if there is none."""
        return self._near[0][0] if self._near else None

    def done(self, message: Queued) -> None:
        """The message has an outcome or left memory: the next of its recipient comes to the head of its lane."""
        self._forget(message.message_id)
        if not message.ordered:
            return
        behind = self._behind.pop(message.place, None)
        if behind:
            self._lanes[message.lane].extendleft(reversed(behind))

    def clear(self) -> None:
        """Forget what waits, keep what is under way; it will be read again."""
        for waiting in (*self._lanes.values(), *self._behind.values()):
            while waiting:
                self._forget(waiting.pop().message_id)
        for _, _, message in self._near:
            self._forget(message.message_id)
            if message.ordered:
                self._behind.pop(message.place, None)
        self._near.clear()

    def _forget(self, message_id: int) -> None:
        self._known.discard(message_id)
        self._ahead.discard(message_id)

    def _take_near(self, lane: str, now: float) -> Queued | None:
        if self._near and self._near[0][0] <= now and self._near[0][2].lane == lane:
            return heappop(self._near)[2]
        return None

    def _take_from(self, lane: str, now: float) -> Queued | None:
        waiting = self._lanes[lane]
        while waiting:
            message = waiting.popleft()
            behind = self._behind.get(message.place) if message.ordered else None
            if behind is not None:
                self._queue_up(message, behind, now)
            elif self._may_go(message, now):
                return message
        return None

    def _may_go(self, message: Queued, now: float) -> bool:
        """A resend stands outside the order, and still counts for Meta."""
        if not message.ordered and message.is_mark_read:
            return True
        returning = message.due_at is not None or message.message_id in self._ahead
        turn = self.pairs.reserve(message.recipient, message.lane, now, returning=returning)
        if turn - now > NEAR_SECONDS:
            self._put_off(message, turn)
            return False
        if message.ordered:
            self._behind[message.place] = deque()
        if turn <= now:
            return True
        heappush(self._near, (turn, message.message_id, message))
        return False

    def _queue_up(self, message: Queued, behind: deque[Queued], now: float) -> None:
        """Behind those of the same recipient; put off when their number alone says that it must wait."""
        if len(behind) < self.pairs.room(message.recipient, now):
            self._ahead.add(message.message_id)
            behind.append(message)
        else:
            turn = self.pairs.put_off(message.recipient, message.lane, now, behind=len(behind))
            self._put_off(message, turn)

    def _put_off(self, message: Queued, turn: float) -> None:
        self._forget(message.message_id)
        self.put_off.append((message, turn))
