"""The sending side of a worker: owns numbers, finds their work, and runs until it is asked to stop.

leases    every 2 s    renew, claim, give up; learn each number's state
poll      every 250 ms one statement for all idle numbers, one for all rows that have come due
rescan    every 5 s    rows that became visible behind a cursor
sweep     every 1 s    expired rows, calls without an outcome, echo windows that ended
"""

import asyncio
import gc
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sender_service.cloud_api.client import CloudApi
from sender_service.in_turns import asked_between
from sender_service.model import Queued
from sender_service.sending.alarm import Later, open_alarm
from sender_service.sending.calls import Call
from sender_service.sending.grouping import Grouper
from sender_service.sending.number import NumberDispatch
from sender_service.sending.ownership import Holding, Ownership, boottime
from sender_service.sending.reads import Reads
from sender_service.sending.record import Recorder, Relay
from sender_service.sending.second_look import SecondLook
from sender_service.sending.slots import Slots
from sender_service.sending.straight import Straight
from sender_service.sending.sweep import Sweep
from sender_service.sending.tools import Tools, Wish
from sender_service.store import installation, send_queue
from sender_service.store.database import Pool, acquired, retrying
from sender_service.store.senders import State
from shared import clock, metrics
from shared.logging import get_logger
from shared.messaging.errors import NeighbourAway

POLL_SECONDS = 0.25
RESCAN_SECONDS = 5.0
SWEEP_SECONDS = 1.0
DUE_AT_ONCE = 1000
MOST_CALLS = 2000
# Far below the 50 ms of intents that may be open: what they linger is taken from the rate.
INTENT_LINGER_SECONDS = 0.006
RECORD_LINGER_SECONDS = 0.050
ECHO_WINDOW = timedelta(minutes=15)
# Python's defaults walk all objects again and again while many calls are open: 270 µs of CPU per message, so 174. The
# young ones are then walked about once in a minute, the oldest after some three hours.
_RARE_COLLECTIONS = (50_000, 20, 10)

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sending:
    """What the dispatcher is made of. `worker` is unique among processes."""

    pool: Pool
    relay: Relay
    cloud_api: CloudApi
    worker: str
    token_of: Callable[[State], str | None]
    echo_window: timedelta = ECHO_WINDOW
    most_calls: int = MOST_CALLS
    now: clock.Clock = clock.now
    monotonic: clock.Monotonic = boottime


class Dispatcher:
    """Sends what is queued for the numbers this worker owns."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._pool = sending.pool
        self._ownership = Ownership(sending.pool, sending.worker, sending.monotonic)
        self._numbers: dict[str, NumberDispatch] = {}
        echo_window = sending.echo_window.total_seconds()
        recorder = Recorder(sending.pool, sending.relay, echo_window, self._written)
        self._records: Grouper[Call] = Grouper(recorder, linger=RECORD_LINGER_SECONDS)
        self._intents: Grouper[Wish] = Grouper(self._intend, linger=INTENT_LINGER_SECONDS)
        self._slots = Slots(sending.most_calls)
        self._second_look = SecondLook(sending.pool, sending.relay)
        self._sweep = Sweep(sending.pool, sending.relay, echo_window)
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: asyncio.Future[None] | None = None
        self._finishing = False
        self._under_way: dict[int, NumberDispatch] = {}

    def hand_over(self, rows: Sequence[Queued]) -> set[str]:
        """Rows accepted here a moment ago: those of owned numbers need not be read again; answers the other numbers."""
        elsewhere: set[str] = set()
        for row in rows:
            if number := self._numbers.get(row.phone_number_id):
                number.offer([row])
            else:
                elsewhere.add(row.phone_number_id)
        return elsewhere

    @contextmanager
    def straight(self) -> Iterator[Straight]:
        """For one acceptance: at the end of the block its transaction has committed, or has failed."""
        straight = Straight(self._choose_straight, self._sending.worker, self._sending.monotonic)
        granted = None
        try:
            yield straight
            granted = straight.granted
        finally:
            for wish in straight.tried:
                if wish is granted:
                    self._grant(wish, straight.intended_at)
                else:
                    self._intents.add([wish])

    def _choose_straight(self, message: Queued) -> Wish | None:
        number = self._numbers.get(message.phone_number_id)
        return number.choose_straight(message) if number else None

    def wake(self, numbers: Iterable[str]) -> None:
        """Statuses settled sends of these numbers; another process's numbers go on by themselves within a second."""
        for number in numbers:
            if dispatch := self._numbers.get(number):
                dispatch.wake()

    async def run(self, stopping: asyncio.Event) -> None:
        """Own and send until `stopping`; then finish what is under way, write it, and give the numbers back."""
        token = await self._installation(stopping)
        if token is None:
            return
        gc.set_threshold(*_RARE_COLLECTIONS)
        with open_alarm() as alarm, asked_between(alarm.look):
            await self._run(self._tools(token, alarm.later), stopping)

    async def _run(self, tools: Tools, stopping: asyncio.Event) -> None:
        self._failed = asyncio.get_running_loop().create_future()
        writers = [asyncio.create_task(self._intents.run()), asyncio.create_task(self._records.run())]
        loops = [
            asyncio.create_task(self._repeat(partial(self._lease_round, tools), 0.0)),
            asyncio.create_task(self._repeat(self._poll, POLL_SECONDS)),
            asyncio.create_task(self._repeat(self._rescan, RESCAN_SECONDS)),
            asyncio.create_task(self._repeat(self._sweep, SWEEP_SECONDS)),
            asyncio.create_task(self._repeat(self._listen, 0.0)),
        ]
        stop = asyncio.create_task(stopping.wait())
        try:
            await _first_of([stop, self._failed, *writers, *loops])
            await self._finish(loops[1:])
        finally:
            await _cancelled([stop, *loops, *writers, *self._tasks])

    # ------------------------------------------------------------------------------------------------ owning

    async def _lease_round(self, tools: Tools) -> float:
        holding = await self._ownership.round(self._numbers.keys(), take=not self._finishing)
        for number in list(self._numbers):
            if number not in holding.epochs or holding.epochs[number] != self._numbers[number].epoch:
                self._lose(number)
        for number, epoch in holding.epochs.items():
            self._hold(number, epoch, holding, tools)
        if not self._finishing:
            closing = {name for name, number in self._numbers.items() if number.is_closing}
            await self._give_up(closing | holding.give_up)
        metrics.LEASES.set(len(self._numbers))
        return holding.next_round

    def _hold(self, number: str, epoch: int, holding: Holding, tools: Tools) -> None:
        state = holding.states.get(number)
        if state is None:
            return
        dispatch = self._numbers.get(number)
        if dispatch is None:
            dispatch = self._numbers[number] = NumberDispatch(state, epoch, tools)
            _log.info("number.claimed", phone_number_id=number, epoch=epoch)
            dispatch.kick()
        else:
            dispatch.update(state)
        dispatch.lease_until = holding.until

    def _lose(self, number: str) -> None:
        dispatch = self._numbers.pop(number)
        dispatch.lose()
        metrics.LEASES_LOST.inc()
        _log.warning("number.lease_lost", phone_number_id=number, epoch=dispatch.epoch)

    async def _give_up(self, numbers: Collection[str]) -> None:
        """A number of another worker goes when nothing of it is under way; once begun it is gone through."""
        for number in numbers:
            self._numbers[number].close()
        empty = [number for number in numbers if self._numbers[number].is_empty]
        if empty:
            await self._ownership.release(empty)
            for number in empty:
                del self._numbers[number]
                _log.info("number.released", phone_number_id=number)

    # ----------------------------------------------------------------------------------------------- finding

    async def _poll(self) -> float:
        numbers = list(self._numbers)
        due = await retrying(self._pool, lambda conn: send_queue.due(conn, numbers, DUE_AT_ONCE), within=acquired)
        idle = [number for number in self._numbers.values() if number.is_idle]
        async with acquired(self._pool) as conn:
            woken = (
                await send_queue.with_work(conn, [(one.state.id, *one.reader.cursors) for one in idle]) if idle else []
            )
        self.hand_over(await self._second_look(due))
        self._look(woken)
        for dispatch in self._numbers.values():
            if not dispatch.is_idle:
                dispatch.kick()
        return POLL_SECONDS if len(due) < DUE_AT_ONCE else 0.0

    async def _listen(self) -> float:
        """Hear of what other processes accept for the numbers of this one; the poll finds what is missed."""
        async with send_queue.listening(self._pool, self._look) as lost:
            await lost.wait()
        return SWEEP_SECONDS

    def _look(self, numbers: Sequence[str]) -> None:
        for number in numbers:
            if dispatch := self._numbers.get(number):
                dispatch.look()

    async def _rescan(self) -> float:
        numbers = [number for number in self._numbers.values() if any(number.reader.cursors)]
        if numbers:
            async with acquired(self._pool) as conn:
                behind = await send_queue.with_work_behind(
                    conn, [(one.state.id, *one.reader.cursors) for one in numbers]
                )
            for number in behind:
                if dispatch := self._numbers.get(number):
                    await dispatch.reader.read_behind()
        return RESCAN_SECONDS

    # ------------------------------------------------------------------------------------------- the grouped

    async def _intend(self, wishes: Sequence[Wish]) -> None:
        """Ask for the intents of many messages at once; repeating it after a lost answer grants the same ones."""
        started = self._sending.monotonic()
        ordered = sorted(wishes, key=lambda wish: wish.message.message_id)
        wanted = [wish.key for wish in ordered]
        worker = self._sending.worker
        granted = await retrying(self._pool, lambda conn: send_queue.intend(conn, worker, wanted), within=acquired)
        reasons = await self._reasons([message_id for message_id, _, _ in wanted if message_id not in granted])
        for wish in wishes:
            message = wish.message
            if message.message_id in granted:
                self._grant(wish, started)
            else:
                wish.number.refused(message, reasons.get(message.message_id, send_queue.GONE))

    def _grant(self, wish: Wish, intended_at: float) -> None:
        self._under_way[wish.message.message_id] = wish.number
        wish.number.granted(wish, intended_at)

    async def _reasons(self, refused: Sequence[int]) -> dict[int, send_queue.WhyNot]:
        if not refused:
            return {}
        async with acquired(self._pool) as conn:
            return await send_queue.why_not(conn, self._sending.worker, refused)

    def _written(self, call: Call) -> None:
        number = self._under_way.pop(call.message_id, None)
        if number is not None:
            number.written(call)

    # ------------------------------------------------------------------------------------------- life-cycle

    def _tools(self, token: str, later: Later) -> Tools:
        sending = self._sending
        return Tools(
            pool=sending.pool,
            cloud_api=sending.cloud_api,
            slots=self._slots,
            intents=self._intents,
            records=self._records,
            reads=Reads(sending.pool, self._second_look, self._start),
            installation=token,
            token_of=sending.token_of,
            start=self._start,
            later=later,
            now=sending.now,
            monotonic=sending.monotonic,
        )

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something of one number beside everything else."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None or isinstance(error, NeighbourAway):
            return
        if self._failed is not None and not self._failed.done():
            self._failed.set_exception(error)

    async def _repeat(self, work: Callable[[], Any], first: float) -> None:
        """Do something again and again; it says when. While the database is away it is tried every second."""
        pause = first
        while True:
            await asyncio.sleep(pause)
            try:
                pause = await work()
            except NeighbourAway:
                pause = 1.0

    async def _installation(self, stopping: asyncio.Event) -> str | None:
        """The token of this installation; waits for the database and its first migration."""
        while not stopping.is_set():
            try:
                if token := await installation.token(self._pool):
                    return token
            except NeighbourAway:
                pass
            await asyncio.sleep(0.5)
        return None

    async def _finish(self, finders: Sequence[asyncio.Task[None]]) -> None:
        """Take nothing new, let the calls under way end, write them. The leases are renewed meanwhile."""
        self._finishing = True
        for task in finders:
            task.cancel()
        for number in self._numbers.values():
            number.close()
        await asyncio.gather(*(number.emptied() for number in self._numbers.values()))
        await self._records.drained()
        await self._ownership.leave()


async def _first_of(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Wait until one ends; raise what it raised."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


async def _cancelled(tasks: Sequence[asyncio.Future[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
