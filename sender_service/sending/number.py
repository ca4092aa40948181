"""The dispatch of one owned number: reads its rows, and takes each through turn, slot, intent, pace and call.

Everything here runs in one event loop and changes state between awaits only; what must hold against other processes is
checked by the intent statement.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from sender_service.cloud_api.client import UNREACHABLE, Begun
from sender_service.cloud_api.wire import Answer, NotSent
from sender_service.errors import TokenUnreadable, VaultClosed
from sender_service.model import Queued
from sender_service.sending import calls, payload
from sender_service.sending.calls import Call
from sender_service.sending.caps import Caps
from sender_service.sending.line import Line
from sender_service.sending.outcome import Act, Decision, Fate, decide
from sender_service.sending.pacing import AdaptiveRate, Pace
from sender_service.sending.pairs import FULL_SECONDS, PairPace
from sender_service.sending.reading import Reader
from sender_service.sending.retry import full_jitter
from sender_service.sending.silence import Silence
from sender_service.sending.tools import Tools, Wish
from sender_service.sending.turnstile import Turnstile
from sender_service.store import send_queue
from sender_service.store.database import acquired, retrying
from sender_service.store.send_queue import WhyNot
from sender_service.store.senders import State
from shared import metrics
from shared.contracts import attempt_id
from shared.logging import get_logger

# An intent older than this is not acted on: its call would end after the time when it counts as unknown.
INTENT_SECONDS = 4.0
TAKE_OVER_SECONDS = 1.0
# How long a message waits behind another process's leftovers before it is looked at again.
LEAST_ORDER_SECONDS = 1.0
MOST_ORDER_SECONDS = 60.0
# Meta fails without a code: so many in a row, and the number pauses before it makes more messages doubtful.
MOST_DOUBTS = 5
# A hold in memory ends a little after the one in the row, whose clock starts later.
_HOLD_MARGIN = 0.2
_STOPS = frozenset({Act.PAUSE_NUMBER, Act.PAUSE_CREDENTIAL, Act.PAUSE_ACCOUNT})
_HOLDS = frozenset({Act.HOLD_NUMBER, Act.HOLD_ACCOUNT})

_log = get_logger(__name__)


class NumberDispatch:
    """One number while this worker owns it, from the claim of its lease to the release."""

    def __init__(self, state: State, epoch: int, tools: Tools) -> None:
        now = tools.monotonic()
        had_an_owner = epoch > 1
        self.state = state
        self.epoch = epoch
        self.lease_until = now
        self._tools = tools
        self._token = self._read_token(state)
        self._rate = AdaptiveRate(_tier(state))
        self._pace = Pace(self._rate.tier)
        self._caps = Caps(tools.now(), used_hour=state.used_hour, used_day=state.used_day)
        self._is_full = False
        self._silence = Silence(state.id)
        self._turnstile = Turnstile(self._pace, tools.monotonic, tools.later)
        self.line = Line(PairPace(no_burst_until=now + FULL_SECONDS if had_an_owner else 0.0))
        self.reader = Reader(state.id, self.line, tools.reads, start=tools.start, changed=self.kick)
        # Whoever had the number before may have sent until a moment ago.
        self._wait_until = now + TAKE_OVER_SECONDS if had_an_owner else now
        self._open_intents = 0
        # Since when as many intents are open as may be: what a slow database then costs is made up for.
        self._full_since: float | None = None
        self._under_way = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self._failures = 0
        self._doubts = 0
        # Those that wait in the table behind what another process was sending when it ended.
        self._behind_leftovers: set[int] = set()
        self._closing = False
        self._lost = False
        self._kicked = False
        self._timer: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------------------------------- what others tell it

    def update(self, state: State) -> None:
        """The number's row as it is now."""
        was_stopped = self._is_stopped()
        if (state.token, state.token_set_at) != (self.state.token, self.state.token_set_at):
            self._token = self._read_token(state)
        self.state = state
        self._rate.tier = _tier(state)
        now = self._tools.monotonic()
        if state.held > 0:
            self._wait_until = max(self._wait_until, now + state.held)
        if was_stopped and not self._is_stopped():
            self._wait_until = now + state.held
            self.reader.begin_again()
        self.kick()

    def _read_token(self, state: State) -> str | None:
        """A number without a usable token waits as a paused one does, and says so."""
        try:
            token = self._tools.token_of(state)
        except (TokenUnreadable, VaultClosed) as error:
            token, reason = None, str(error)
        else:
            reason = "there is none"
        if token is None:
            _log.warning("number.without_token", phone_number_id=state.id, reason=reason)
        return token

    def offer(self, rows: Sequence[Queued]) -> None:
        """Rows accepted or come due just now."""
        if self._behind_leftovers:
            self._behind_leftovers.difference_update(row.message_id for row in rows)
        self.reader.offer(rows)
        self.kick()

    def look(self) -> None:
        """There may be rows past the cursors."""
        self.reader.look()
        self.kick()

    def wake(self) -> None:
        """A status settled a send: who waits behind another process's leftover may go before its wait is over."""
        if self._behind_leftovers:
            self._tools.start(self._hasten(sorted(self._behind_leftovers)))
            self._behind_leftovers.clear()

    def close(self) -> None:
        """Take nothing new; finish what is under way."""
        self._closing = True
        self.reader.close()

    def lose(self) -> None:
        """The lease is another's: not one more first byte."""
        self._lost = True
        self.close()

    @property
    def is_closing(self) -> bool:
        """It takes nothing new and waits to be released."""
        return self._closing

    @property
    def is_idle(self) -> bool:
        """Nothing in memory, nothing known to be in the database."""
        return not len(self.line) and self.reader.is_idle

    @property
    def is_empty(self) -> bool:
        """Nothing under way: the lease can be given back."""
        return not self._under_way

    # ---------------------------------------------------------------------------------------------- choosing

    def kick(self) -> None:
        """Choose again, once, when the event loop comes round."""
        if not self._kicked:
            self._kicked = True
            asyncio.get_running_loop().call_soon(self._advance)

    def _advance(self) -> None:
        self._kicked = False
        now = self._tools.monotonic()
        since, self._full_since = self._full_since or now, None
        if not self._may_choose(now):
            return
        self._pace.change(self._rate.rate(now))
        chosen = self._choose(now)
        if self._open_intents >= self._pace.open_intents:
            self._full_since = since
        if chosen:
            self._tools.intents.add([Wish(self, message, since) for message in chosen])
        if self.line.put_off:
            self._tools.start(self._put_off(now))
        self.reader.refill()
        self._set_timer(self.line.next_turn(), now)

    def choose_straight(self, message: Queued) -> Wish | None:
        """Choose a message whose acceptance is not committed yet: only while nothing else waits or is under way."""
        now = self._tools.monotonic()
        if self._under_way or not self.is_idle or not self._may_choose(now):
            return None
        if not self.line.pairs.is_free(message.recipient, message.lane, now):
            return None
        self.reader.offer([message])
        return Wish(self, message, now) if self._choose(now) else None

    def _may_choose(self, now: float) -> bool:
        if self._is_stopped() or self._closing:
            return False
        if now < self._wait_until:
            self._set_timer(self._wait_until, now)
            return False
        return True

    def _choose(self, now: float) -> list[Queued]:
        """Messages whose turn it is, as many as may have an open intent and a slot."""
        chosen: list[Queued] = []
        while (
            self._open_intents < self._pace.open_intents
            and not self._silence.holds(now, pending=self._open_intents)
            and not self._is_capped(now)
            and self._tools.slots.take(self)
        ):
            message = self.line.take(now)
            if message is None:
                self._tools.slots.give_back(self)
                break
            self._open_intents += 1
            self._under_way += 1
            self._empty.clear()
            self._caps.count(self._tools.now())
            chosen.append(message)
        return chosen

    def _is_capped(self, now: float) -> bool:
        """The operator's caps allow no more for now. When they do again, what waited in memory is judged once more."""
        per_hour, per_day = self.state.cap_per_hour, self.state.cap_per_day
        if per_hour is None and per_day is None and not self._is_full:
            return False
        wait = self._caps.wait(self._tools.now(), per_hour=per_hour, per_day=per_day)
        if wait:
            self._set_timer(now + wait, now)
        elif self._is_full:
            self.reader.begin_again()
        self._is_full = wait > 0
        return self._is_full

    def _is_stopped(self) -> bool:
        return self.state.paused or self._token is None

    def _set_timer(self, at: float | None, now: float) -> None:
        if at is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(max(0.0, at - now) + 0.001, self.kick)

    async def _put_off(self, now: float) -> None:
        waits = [(message.message_id, turn - now) for message, turn in self.line.put_off]
        self.line.put_off.clear()
        await retrying(self._tools.pool, lambda conn: send_queue.put_off(conn, sorted(waits)), within=acquired)

    async def _hasten(self, messages: Sequence[int]) -> None:
        await retrying(self._tools.pool, lambda conn: send_queue.hasten(conn, messages), within=acquired)

    # ----------------------------------------------------------------------------------------------- sending

    def granted(self, wish: Wish, intended_at: float) -> None:
        """The intent is committed: make the call."""
        self._tools.start(self._call(wish, intended_at))

    def refused(self, message: Queued, why: WhyNot) -> None:
        """The database did not admit the intent."""
        metrics.INTENTS_REFUSED.labels(why.reason).inc()
        self._open_intents -= 1
        self._leave(message)
        if why.reason == "order":
            if not why.seconds:
                self._behind_leftovers.add(message.message_id)
            wait = min(MOST_ORDER_SECONDS, max(LEAST_ORDER_SECONDS, why.seconds))
            self.line.put_off.append((message, self._tools.monotonic() + wait))
        elif why.reason in ("paused", "held", "lease"):
            self._wait_until = max(self._wait_until, self._tools.monotonic() + 0.5)
            self.reader.begin_again()
        self.kick()

    async def _call(self, wish: Wish, intended_at: float) -> None:
        tools, message = self._tools, wish.message
        attempt = message.attempt + 1
        body = payload.build(
            message.request["body"], attempt_id.encode(tools.installation, message.message_id, attempt)
        )
        token_set_at = self.state.token_set_at
        started_at = tools.now()
        passed = False

        def go(begin: Callable[[], Begun]) -> Begun:
            nonlocal started_at, passed
            if refusal := self._last_check(message, intended_at):
                return NotSent(refusal)
            passed = True
            self._silence.opened(tools.monotonic())
            started_at = tools.now()
            self._open_intents -= 1
            self.kick()
            return begin()

        def gate(begin: Callable[[], Begun]) -> Awaitable[Begun]:
            return self._turnstile.turn(wish.since, partial(go, begin))

        answer = await tools.cloud_api.send(self.state.id, self._token or "", body, gate=gate)
        if passed:
            self._silence.ended(answer, tools.monotonic())
        else:
            self._open_intents -= 1
        decision = self._decide(message, answer)
        self._turnstile.look()
        call = Call(message, attempt, answer, decision, started_at, tools.now(), token_set_at)
        tools.records.add([call])
        calls.tell(call)

    def _last_check(self, message: Queued, intended_at: float) -> str | None:
        """In the same step as the first byte: is it still ours to send?"""
        now = self._tools.monotonic()
        if self._lost or now >= self.lease_until:
            return "lease"
        if now - intended_at > INTENT_SECONDS:
            return "late"
        if self._is_stopped():
            return "paused"
        if now < self._wait_until:
            return "held"
        if message.expires_at is not None and message.expires_at <= self._tools.now():
            return "expired"
        return None

    def _decide(self, message: Queued, answer: Answer) -> Decision:
        code = getattr(answer, "code", None)
        tries = message.tries if code is not None and message.last_code == code else 0
        decision = decide(answer, tries=tries, failures=self._failures, random=random.random)
        self._heed(message, answer, decision)
        return decision

    def _heed(self, message: Queued, answer: Answer, decision: Decision) -> None:
        """Act in memory at once; the rows follow with the record."""
        now = self._tools.monotonic()
        if isinstance(answer, NotSent) and answer.reason.startswith(UNREACHABLE):
            self._hold(now, full_jitter(self._failures, base=0.5, most=30.0, random=random.random))
        elif decision.act in _HOLDS:
            self._hold(now, decision.seconds + _HOLD_MARGIN)
        elif decision.fate is Fate.UNKNOWN:
            self._doubt(now)
        elif not isinstance(answer, NotSent):
            self._failures = self._doubts = 0
        if decision.act in _STOPS:
            self.state = self.state._replace(paused=True)
        if decision.act is Act.BLOCK_RECIPIENT:
            self.line.pairs.block(message.recipient, now + decision.seconds)
        if decision.cut:
            self._rate.cut(now)

    def _doubt(self, now: float) -> None:
        """While Meta fails, every call leaves a doubt: after some in a row wait, longer each time."""
        self._doubts += not self._silence.foresaw
        if self._doubts >= MOST_DOUBTS and not self._silence.foresaw:
            self._hold(now, full_jitter(self._doubts - MOST_DOUBTS, base=1.0, most=60.0, random=random.random))

    def _hold(self, now: float, seconds: float) -> None:
        if now >= self._wait_until:
            self._failures += 1
        self._wait_until = max(self._wait_until, now + seconds)

    def written(self, call: Call) -> None:
        """The outcome is committed: the recipient's next message may go, and what was put back comes again."""
        message = call.message
        self._leave(message)
        if call.decision.fate is Fate.QUEUED:
            self.reader.step_back(message)
        self.kick()

    async def emptied(self) -> None:
        """Wait until nothing is under way."""
        await self._empty.wait()

    def _leave(self, message: Queued) -> None:
        self._under_way -= 1
        if not self._under_way:
            self._empty.set()
        self._tools.slots.give_back(self)
        self.line.done(message)


def _tier(state: State) -> float:
    return float(min(state.throughput, state.cap_per_second or state.throughput))
