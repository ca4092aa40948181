"""Statuses of a batch -> history, state of the messages, events; what matches no message is parked."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from sender_service.in_turns import in_turns
from sender_service.inbound.items import EPOCH, Status, Told
from sender_service.inbound.lenient import dumps
from sender_service.inbound.progress import FAILED, STEPS, Report, Standing, stand
from sender_service.store import outcomes
from sender_service.store import statuses as store
from sender_service.store.database import Connection
from shared.contracts import attempt_id, events
from shared.contracts.events import DomainEvent

MessageKey: TypeAlias = tuple[int, int]

_EVENTS: Final = {
    "delivered": events.MESSAGE_DELIVERED,
    "read": events.MESSAGE_READ,
    "failed": events.MESSAGE_FAILED,
}
# History keeps the whole object only where its columns do not say everything.
_PLAIN: Final = frozenset(STEPS)


class Owned(NamedTuple):
    """A status and the organization of its number."""

    organization_id: int
    status: Status


class Matched(NamedTuple):
    """A status and the attempt it is about."""

    organization_id: int
    message_id: int
    attempt: int
    status: Status

    @property
    def key(self) -> MessageKey:
        return self.organization_id, self.message_id


class Recorded(NamedTuple):
    """What statuses led to: events, numbers whose queue may move on, what was new and what has no message."""

    told: list[Told]
    woken: set[str]
    fresh: list[Status]
    homeless: list[Owned]


async def record(conn: Connection, owned: Sequence[Owned], installation: str) -> Recorded:
    """Everything these statuses mean, written in this transaction; parking what is homeless is left to the caller."""
    matched, homeless = await _match(conn, owned, installation)
    if not matched:
        return Recorded([], set(), [], homeless)
    woken = await store.settle(conn, _echoes(matched))
    current = await store.lock(conn, sorted({match.key for match in matched}))
    homeless += [Owned(match.organization_id, match.status) for match in matched if match.key not in current]
    matched = [match for match in matched if match.key in current]
    new = await store.record(conn, [_event(match) async for match in in_turns(matched)])
    fresh = [match for match in _once(matched) if _identity(match) in new]
    told = await _advance(conn, current, fresh)
    return Recorded(told, woken, [match.status for match in fresh], homeless)


async def park(conn: Connection, homeless: Sequence[Owned]) -> None:
    """Keep statuses that found no message, to be matched again."""
    await store.park(
        conn,
        [
            store.Homeless(
                organization_id, status.phone_number_id, status.wamid, status.status, status.participant, status.at,
                dumps(status.item),
            )
            for organization_id, status in homeless
        ],
    )  # fmt: skip


async def _match(conn: Connection, owned: Sequence[Owned], installation: str) -> tuple[list[Matched], list[Owned]]:
    """By attempt id first, which is ours before the first byte goes out; else by Meta's id."""
    matched: list[Matched] = []
    rest: list[Owned] = []
    async for item in in_turns(owned):
        attempt = attempt_id.decode(installation, item.status.callback)
        if attempt is None:
            rest.append(item)
        else:
            matched.append(Matched(item.organization_id, attempt.message_id, attempt.attempt, item.status))
    if not rest:
        return matched, []
    known = await store.match(conn, [item.organization_id for item in rest], [item.status.wamid for item in rest])
    homeless = []
    for item in rest:
        found = known.get((item.organization_id, item.status.wamid))
        if found is None:
            homeless.append(item)
        else:
            matched.append(Matched(item.organization_id, *found, item.status))
    return matched, homeless


def _echoes(matched: Sequence[Matched]) -> list[store.Echo]:
    decided = {
        store.Echo(match.organization_id, match.message_id, match.attempt, match.status.status in STEPS)
        for match in matched
        if match.status.status in STEPS or match.status.status == FAILED
    }
    return list(decided)


def _event(match: Matched) -> store.Event:
    status = match.status
    return store.Event(
        match.organization_id,
        match.message_id,
        match.attempt,
        status.status,
        status.participant,
        status.at,
        status.wamid,
        status.error_code,
        status.error_message,
        status.pricing,
        None if status.status in _PLAIN else dumps(status.item),
    )


def _identity(match: Matched) -> tuple[object, ...]:
    status = match.status
    return match.organization_id, match.message_id, match.attempt, status.status, status.participant, status.at


def _once(matched: Sequence[Matched]) -> list[Matched]:
    return list({_identity(match): match for match in matched}.values())


async def _advance(conn: Connection, current: dict[MessageKey, store.Current], fresh: Sequence[Matched]) -> list[Told]:
    by_message: dict[MessageKey, list[Matched]] = defaultdict(list)
    for match in fresh:
        by_message[match.key].append(match)
    facts = await _facts_of_repeated(conn, current, by_message)
    told: list[Told] = []
    moved: list[store.Advance] = []
    sent: list[Matched] = []
    async for key, matches in in_turns(by_message.items()):
        before = current[key]
        after = _after(before, matches, facts.get(key, []))
        moved.append(_moved(before, after, matches, _external_id(before, after, matches, facts.get(key, []))))
        newly_sent = after.status in STEPS and before.status not in STEPS
        if newly_sent:
            sent.append(matches[0])
        told += _told(before, matches, newly_sent=newly_sent)
    await _write(conn, moved, sent, _learned(current, fresh))
    return told


async def _facts_of_repeated(
    conn: Connection, current: dict[MessageKey, store.Current], by_message: dict[MessageKey, list[Matched]]
) -> dict[MessageKey, list[Report]]:
    """All that is known of messages tried more than once; for the others row and statuses say it all."""
    repeated = [
        key
        for key, matches in by_message.items()
        if current[key].attempt > 1 or any(match.attempt > 1 for match in matches)
    ]
    facts: dict[MessageKey, list[Report]] = defaultdict(list)
    if repeated:
        for fact in await store.history(conn, repeated):
            report = Report(fact.attempt, fact.status, fact.at, fact.error_code, fact.error_message, fact.wamid)
            facts[fact.organization_id, fact.message_id].append(report)
    return facts


def _after(before: store.Current, matches: Sequence[Matched], facts: Sequence[Report]) -> Standing:
    standing = Standing(before.attempt, before.status, before.failed_at, before.error_code, before.error_message)
    reports = [
        Report(match.attempt, status.status, status.at, status.error_code, status.error_message)
        for match in matches
        for status in (match.status,)
    ]
    return stand(standing, [*facts, *reports])


def _external_id(
    before: store.Current, after: Standing, matches: Sequence[Matched], facts: Sequence[Report]
) -> str | None:
    """Meta's id of the attempt the state belongs to, as far as statuses and answers tell."""
    told = {match.status.wamid for match in matches if match.attempt == after.attempt}
    told |= {fact.wamid for fact in facts if fact.attempt == after.attempt and fact.wamid}
    is_known = any(fact.attempt == after.attempt for fact in facts)
    return min(told, default=None if is_known else before.external_id)


def _moved(
    before: store.Current, after: Standing, matches: Sequence[Matched], external_id: str | None
) -> store.Advance:
    pricing = max((m.status.pricing for m in matches if m.status.pricing), default=None)
    failed = after.status == FAILED
    return store.Advance(
        before.organization_id,
        before.id,
        after.status,
        max(before.attempt, *(match.attempt for match in matches)),
        external_id,
        after.error_code if failed else None,
        after.error_message if failed else None,
        after.failed_at if failed else None,
        _earliest(matches, "sent"),
        _earliest(matches, "delivered"),
        _earliest(matches, "read"),
        _earliest(matches, "played"),
        pricing,
    )


def _earliest(matches: Sequence[Matched], step: str) -> datetime | None:
    times = (match.status.at for match in matches if match.status.status == step and match.status.at != EPOCH)
    return min(times, default=None)


def _told(before: store.Current, matches: Sequence[Matched], *, newly_sent: bool) -> list[Told]:
    """One event per status that was new; `message.sent` only where the answer to the call was never seen."""
    if before.id < 0:
        # Of the business's own chats from before nobody here asked to be told.
        return []
    told = [_domain_event(_EVENTS[m.status.status], before, m) for m in matches if m.status.status in _EVENTS]
    if newly_sent:
        first = next((m for m in matches if m.status.status == "sent"), matches[0])
        told.insert(0, _domain_event(events.MESSAGE_SENT, before, first))
    return told


def _domain_event(name: str, before: store.Current, match: Matched) -> Told:
    status = match.status
    data: dict[str, object] = {
        "message_id": match.message_id,
        "attempt": match.attempt,
        "status": name.removeprefix("message."),
        "external_id": status.wamid,
        "phone_number_id": before.phone_number_id,
        "lead_id": before.lead_id,
    }
    if name == events.MESSAGE_FAILED:
        data["error"] = {"code": status.error_code, "message": status.error_message}
    if status.participant:
        data["participant"] = True
    key = f"{match.message_id}.{match.attempt}"
    return status.webhook, DomainEvent(name, match.organization_id, key, status.at, data)


def _learned(current: dict[MessageKey, store.Current], fresh: Sequence[Matched]) -> list[store.Learned]:
    return sorted({
        store.Learned(match.organization_id, match.status.wamid, match.message_id, match.attempt)
        for match in fresh
        if current[match.key].external_id != match.status.wamid
    })  # fmt: skip


async def _write(
    conn: Connection, moved: Sequence[store.Advance], sent: Sequence[Matched], learned: Sequence[store.Learned]
) -> None:
    if moved:
        await store.advance(conn, moved)
    if learned:
        await store.learn(conn, learned)
    if sent:
        await outcomes.note(conn, [match.key for match in sent])
