"""The one door of every message: bus, REST, campaigns and schedules hand their commands to the same `Accept`.

Numbers are resolved, keys, contacts and conversations looked for, and then one statement claims the keys, makes who is
missing, logs and queues: for a batch, or side by side for the two halves of a large one, where whoever gets several
messages has them all in one half, in the order given. What Meta would refuse is recorded as failed and disturbs no
neighbour.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from sender_service.in_turns import in_turns
from sender_service.model import Queued
from sender_service.sending import compose
from sender_service.sending.compose import Addressee, Case
from sender_service.sending.known_templates import KnownTemplates
from sender_service.sending.straight import Straight
from sender_service.store import acceptance, command_keys, send_queue, senders
from sender_service.store.acceptance import Found
from sender_service.store.command_keys import Claimed, Key
from sender_service.store.database import Connection, Pool, acquired, retrying
from sender_service.store.send_queue import NOBODY, New
from sender_service.store.senders import Sender
from shared.contracts.events import DomainEvent
from shared.contracts.send_message import SendMessage
from shared.messaging.errors import NeighbourAway

Relay: TypeAlias = Callable[[int, Sequence[DomainEvent]], None]
HandOver: TypeAlias = Callable[[Sequence[Queued]], Collection[str]]

# From so many on, the database writes one half while the other is being made.
WORTH_DIVIDING = 100


@dataclass(frozen=True, slots=True)
class Accepted:
    """The message is logged: queued, scheduled, expired or failed; a repeat is answered as the first was."""

    message_id: int
    organization_id: int
    status: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """The command is at fault, nothing was logged: unknown_number, id_reused, unknown_lead or unknown_campaign."""

    reason: str
    detail: str = ""


Results: TypeAlias = dict[int, Accepted | Rejected]


@dataclass(frozen=True, slots=True)
class _Order:
    """A command that may be new, at its place in the batch, and whom it is for."""

    place: int
    key: Key
    command: SendMessage
    sender: Sender
    who: Addressee


@dataclass(slots=True)
class _Written:
    """What one transaction made of its orders; a place without a result had its key claimed before."""

    results: Results = field(default_factory=dict)
    rows: list[New] = field(default_factory=list)
    events: list[DomainEvent] = field(default_factory=list)
    outbox_id: int | None = None


class Accept:
    """Accepts commands.

    `hand_over` gets what may go at once, after the commit, in the order of acceptance; it answers the numbers that
    another process sends from, which is told. Without it all are told. `straight` lets a single message on an idle
    number be intended with its acceptance.
    """

    def __init__(
        self,
        pool: Pool,
        relay: Relay,
        *,
        country: str | None = None,
        hand_over: HandOver | None = None,
        straight: Callable[[], AbstractContextManager[Straight | None]] = nullcontext,
    ) -> None:
        self._pool = pool
        self._relay = relay
        self._country = country
        self._hand_over = hand_over
        self._straight = straight
        self._senders: dict[str, Sender] = {}
        self._templates = KnownTemplates()

    async def __call__(
        self, commands: Sequence[SendMessage], *, organization_id: int | None = None
    ) -> list[Accepted | Rejected]:
        """One answer for each command, in order. With an organization given, only its numbers are known."""
        known = await self._resolve({command.phone_number_id for command in commands})
        if organization_id is not None:
            known = {name: one for name, one in known.items() if one.organization_id == organization_id}
        keys = _keys(commands, known)
        results: Results = {
            place: Rejected("unknown_number", command.phone_number_id)
            for place, command in enumerate(commands)
            if place not in keys
        }
        orders = [self._order(keys[place], place, commands[place], known) async for place in in_turns(_firsts(keys))]
        for some in await self._write_all(_divided(orders)):
            results |= some
        results |= await self._repeats({place: keys[place] for place in keys if place not in results}, commands)
        return [results[place] for place in range(len(commands))]

    async def _write_all(self, sides: Sequence[Sequence[_Order]]) -> Sequence[Results]:
        """Side by side; a failure is raised when all have ended, so that none still writes what is tried again."""
        if len(sides) == 1:
            return [await self._write(sides[0])]
        written: list[Results] = []
        for one in await asyncio.gather(*map(self._write, sides), return_exceptions=True):
            if isinstance(one, BaseException):
                raise one
            written.append(one)
        return written

    async def _write(self, orders: Sequence[_Order]) -> Results:
        """One transaction, and what follows its commit. Who was overtaken looks again."""
        with self._straight() as straight:
            written = await retrying(self._pool, lambda conn: self._accept(conn, orders, straight), within=acquired)
        if written.outbox_id is not None:
            self._relay(written.outbox_id, written.events)
        await self._pass_on([_queued(row) for row in written.rows if row.status == "queued"])
        return written.results

    async def _pass_on(self, rows: Sequence[Queued]) -> None:
        """Who misses the call finds the rows by looking at the table."""
        elsewhere = self._hand_over(rows) if self._hand_over else {row.phone_number_id for row in rows}
        if not elsewhere:
            return
        with suppress(NeighbourAway):
            async with acquired(self._pool) as conn:
                await send_queue.notify(conn, elsewhere)

    async def _resolve(self, numbers: set[str]) -> Mapping[str, Sender]:
        """Whose the numbers are never changes while they are registered; unknown ones are asked for every time."""
        missing = [number for number in numbers if number not in self._senders]
        if missing:
            async with acquired(self._pool) as conn:
                self._senders |= await senders.find(conn, missing)
        return self._senders

    def _order(self, key: Key, place: int, command: SendMessage, known: Mapping[str, Sender]) -> _Order:
        sender = known[command.phone_number_id]
        return _Order(place, key, command, sender, compose.addressee(command, sender, self._country))

    async def _accept(self, conn: Connection, orders: Sequence[_Order], straight: Straight | None) -> _Written:
        written = _Written()
        sought = [compose.sought(each.command, each.sender, each.who) for each in orders]
        found = await acceptance.look(conn, sought)
        await self._compose(conn, written, [(orders[one.place - 1], one) for one in found])
        if written.rows:
            await self._enqueue(conn, written, straight)
        return written

    async def _compose(self, conn: Connection, written: _Written, found: Sequence[tuple[_Order, Found]]) -> None:
        """What becomes of the commands that are new."""
        templates = await self._templates.of(conn, [one for _, one in found])
        async for (order, one), template in in_turns(zip(found, templates, strict=True)):
            case = Case(order.command, order.sender, order.who, one, template, compose.judge(order.command))
            written.results[order.place] = _foreign(case) or _compose(written, case)

    async def _enqueue(self, conn: Connection, written: _Written, straight: Straight | None) -> None:
        """Log and queue them, a single one with its intent where it may go at once."""
        asked = NOBODY
        if straight is not None and [row.status for row in written.rows] == ["queued"]:
            asked = straight.ask(_queued(written.rows[0]))
        written.outbox_id, is_intended = await send_queue.enqueue(conn, written.rows, written.events, asked)
        if straight is not None and is_intended:
            straight.grant()

    async def _repeats(self, keys: Mapping[int, Key], commands: Sequence[SendMessage]) -> Results:
        """A key again with the same body is the same message; with another body it is at fault."""
        if not keys:
            return {}
        async with acquired(self._pool) as conn:
            earlier = await command_keys.find(conn, list(keys.values()))
        return {place: _repeated(key, commands[place], earlier.get(key)) for place, key in keys.items()}


def _keys(commands: Sequence[SendMessage], known: Mapping[str, Sender]) -> dict[int, Key]:
    """The key of each command of a known number, by its place."""
    return {
        place: Key(sender.organization_id, command.source, command.id)
        for place, command in enumerate(commands)
        if (sender := known.get(command.phone_number_id)) is not None
    }


def _firsts(keys: Mapping[int, Key]) -> list[int]:
    """The places where each key stands first in the batch, in order."""
    firsts: dict[Key, int] = {}
    for place, key in keys.items():
        firsts.setdefault(key, place)
    return list(firsts.values())


def _divided(orders: Sequence[_Order]) -> list[Sequence[_Order]]:
    """What may be written side by side: messages to one recipient stay together, in their order."""
    if len(orders) < WORTH_DIVIDING:
        return [orders] if orders else []
    sides: tuple[list[_Order], list[_Order]] = ([], [])
    for order in orders:
        sides[hash(order.who.key) % 2].append(order)
    return [side for side in sides if side]


def _foreign(case: Case) -> Rejected | None:
    """A lead or campaign that is not of the number's organization."""
    if case.command.lead_id is not None and case.found.lead_id is None:
        return Rejected("unknown_lead", str(case.command.lead_id))
    if case.command.campaign_id is not None and case.found.campaign_id is None:
        return Rejected("unknown_campaign", str(case.command.campaign_id))
    return None


def _compose(written: _Written, case: Case) -> Accepted:
    row = compose.row(case)
    written.rows.append(row)
    if told := compose.event(case, row):
        written.events.append(told)
    return Accepted(row.id, row.organization_id, row.status)


def _repeated(key: Key, command: SendMessage, earlier: Claimed | None) -> Accepted | Rejected:
    if earlier is None:
        return Rejected("rejected_before", "the same command stands earlier in the batch and was rejected")
    if bytes(earlier.body_hash) != command.body_hash:
        return Rejected("id_reused", "the same source and id came with another body before")
    waits = earlier.status == "queued" and compose.is_early(command, earlier.created_at)
    status = "scheduled" if waits else earlier.status or "unknown"
    return Accepted(earlier.message_id or 0, key.organization_id, status, repeated=True)


def _queued(row: New) -> Queued:
    return Queued(
        organization_id=row.organization_id,
        message_id=row.id,
        phone_number_id=row.phone_number_id,
        lane=row.lane,
        recipient=row.recipient,
        ordered=row.ordered,
        attempt=0,
        tries=0,
        last_code=None,
        due_at=None,
        expires_at=row.expires_at,
        template_id=row.template_id,
        campaign_id=row.campaign_id,
        request=row.request,
    )
