"""The one door of every message: bus, REST, campaigns and schedules hand their commands to the same `Accept`.

A batch is accepted in one transaction, in the order given: numbers are resolved, keys claimed, contacts and
conversations found or made, and each message logged and queued. What Meta would refuse is recorded as failed and
disturbs no neighbour.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from sender_service.model import Queued
from sender_service.sending import compose
from sender_service.sending.compose import Addressee, Case
from sender_service.sending.in_turns import in_turns
from sender_service.sending.known_templates import KnownTemplates
from sender_service.sending.straight import Straight
from sender_service.store import acceptance, command_keys, send_queue, senders
from sender_service.store.acceptance import Found
from sender_service.store.command_keys import Claimed, Key
from sender_service.store.database import Connection, Pool, acquired, retrying
from sender_service.store.send_queue import New
from sender_service.store.senders import Sender
from shared import metrics, tracing
from shared.contracts.errors import ContractViolation
from shared.contracts.events import DomainEvent
from shared.contracts.send_message import Lane, SendMessage, decode
from shared.messaging.consumer import Refused
from shared.messaging.delivery import Delivery
from shared.messaging.errors import NeighbourAway, Unprocessable

Relay: TypeAlias = Callable[[int, Sequence[DomainEvent]], None]
HandOver: TypeAlias = Callable[[Sequence[Queued]], Collection[str]]


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


@dataclass(slots=True)
class _Batch:
    """One transaction's work; `results` has a place for each command."""

    results: list[Accepted | Rejected | None]
    keys: dict[int, Key] = field(default_factory=dict)
    rows: list[New] = field(default_factory=list)
    events: list[DomainEvent] = field(default_factory=list)
    outbox_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Order:
    """A command that may be new, at its place in the batch, and whom it is for."""

    place: int
    command: SendMessage
    sender: Sender
    who: Addressee


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
        with self._straight() as straight:
            batch = await retrying(self._pool, lambda conn: self._accept(conn, commands, known, straight))
        if batch.outbox_id is not None:
            self._relay(batch.outbox_id, batch.events)
        await self._pass_on([_queued(row) for row in batch.rows if row.status == "queued"])
        return [result for result in batch.results if result is not None]

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

    async def _accept(
        self, conn: Connection, commands: Sequence[SendMessage], known: Mapping[str, Sender], straight: Straight | None
    ) -> _Batch:
        batch = _Batch([None] * len(commands))
        _register(batch, commands, known)
        orders = [self._order(place, commands[place], known) async for place in in_turns(_firsts(batch.keys))]
        found = await acceptance.claim(conn, [compose.wanted(each.command, each.sender, each.who) for each in orders])
        await self._log(conn, batch, [(orders[one.place - 1], one) for one in found])
        await _answer_repeats(conn, batch, commands)
        if straight is not None and [row.status for row in batch.rows] == ["queued"]:
            await straight.intend(conn, _queued(batch.rows[0]))
        return batch

    def _order(self, place: int, command: SendMessage, known: Mapping[str, Sender]) -> _Order:
        sender = known[command.phone_number_id]
        return _Order(place, command, sender, compose.addressee(command, sender, self._country))

    async def _log(self, conn: Connection, batch: _Batch, claimed: Sequence[tuple[_Order, Found]]) -> None:
        """Log and queue the commands that are new."""
        if not claimed:
            return
        templates = await self._templates.of(conn, [one for _, one in claimed])
        async for (order, one), template in in_turns(zip(claimed, templates, strict=True)):
            case = Case(order.command, order.sender, order.who, one, template, compose.judge(order.command))
            batch.results[order.place] = _foreign(case) or _compose(batch, case)
        rejected = [batch.keys[order.place] for order, _ in claimed if _is_rejected(batch, order.place)]
        await command_keys.forget(conn, rejected)
        batch.outbox_id = await send_queue.enqueue(conn, batch.rows, batch.events)


class AcceptHandler:
    """The batch handler of both command queues."""

    def __init__(self, accept: Accept) -> None:
        self._accept = accept

    async def __call__(self, deliveries: Sequence[Delivery]) -> Sequence[Refused]:
        commands: list[SendMessage] = []
        places: list[int] = []
        refused: list[Refused] = []
        async for place, delivery in in_turns(enumerate(deliveries)):
            try:
                commands.append(_decoded(delivery))
                places.append(place)
            except ContractViolation as error:
                refused.append(Refused(place, Unprocessable("contract", str(error))))
        results = await self._accept(commands) if commands else []
        for place, result in zip(places, results, strict=True):
            if isinstance(result, Rejected):
                refused.append(Refused(place, Unprocessable(result.reason, result.detail)))
        metrics.COMMANDS_ACCEPTED.labels("bus", "accepted").inc(len(deliveries) - len(refused))
        metrics.COMMANDS_ACCEPTED.labels("bus", "refused").inc(len(refused))
        return refused


def _decoded(delivery: Delivery) -> SendMessage:
    lane: Lane = "bulk" if delivery.routing_key.startswith("send.bulk") else "priority"
    return decode(delivery.body, lane=lane, traceparent=delivery.headers.get(tracing.HEADER))


def _register(batch: _Batch, commands: Sequence[SendMessage], known: Mapping[str, Sender]) -> None:
    """Give each command of a known number its key."""
    for place, command in enumerate(commands):
        sender = known.get(command.phone_number_id)
        if sender is None:
            batch.results[place] = Rejected("unknown_number", command.phone_number_id)
        else:
            batch.keys[place] = Key(sender.organization_id, command.source, command.id)


def _firsts(keys: Mapping[int, Key]) -> list[int]:
    """The places where each key stands first in the batch, in order."""
    firsts: dict[Key, int] = {}
    for place, key in keys.items():
        firsts.setdefault(key, place)
    return list(firsts.values())


def _foreign(case: Case) -> Rejected | None:
    """A lead or campaign that is not of the number's organization."""
    if case.command.lead_id is not None and case.found.lead_id is None:
        return Rejected("unknown_lead", str(case.command.lead_id))
    if case.command.campaign_id is not None and case.found.campaign_id is None:
        return Rejected("unknown_campaign", str(case.command.campaign_id))
    return None


def _compose(batch: _Batch, case: Case) -> Accepted:
    row = compose.row(case)
    batch.rows.append(row)
    if told := compose.event(case, row):
        batch.events.append(told)
    return Accepted(row.id, row.organization_id, row.status)


def _is_rejected(batch: _Batch, place: int) -> bool:
    return isinstance(batch.results[place], Rejected)


async def _answer_repeats(conn: Connection, batch: _Batch, commands: Sequence[SendMessage]) -> None:
    """A key again with the same body is the same message; with another body it is at fault."""
    places = [place for place, result in enumerate(batch.results) if result is None]
    if not places:
        return
    earlier = await command_keys.find(conn, [batch.keys[place] for place in places])
    for place in places:
        key = batch.keys[place]
        batch.results[place] = _repeated(key, commands[place], earlier.get(key))


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
