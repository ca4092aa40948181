"""What a change of an account, a number or a template does and is told by: one function per field of Meta's."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from sender_service.inbound import account
from sender_service.inbound.items import AccountChange
from sender_service.inbound.lenient import dumps, integer, items, mapping, text
from sender_service.inbound.parse_app import HISTORY
from sender_service.inbound.parse_history import summary
from sender_service.store import account_effects, account_events
from sender_service.store.account_effects import NumberKey, TemplateKey
from sender_service.store.account_events import AccountEvent
from sender_service.store.database import Connection
from shared.contracts import events
from shared.contracts.events import DomainEvent

_HIGH_THROUGHPUT: Final = 1000
_PAUSE: Final = "account_update:"
# Meta's word for what happened -> the status it leaves; a flagged or locked template keeps the status it has.
_STATUS_AFTER: Final = {"REINSTATED": "APPROVED", "UNPAUSED": "APPROVED", "UNARCHIVED": "APPROVED"}
_NO_STATUS: Final = frozenset({"FLAGGED", "LOCKED", "IN_APPEAL"})
_ENDING: Final = frozenset({"ACCOUNT_DELETED", "ACCOUNT_OFFBOARDED"})


class _Known(NamedTuple):
    """One change of one organization."""

    row: AccountEvent
    change: AccountChange
    is_newest: bool = True

    @property
    def value(self) -> dict[str, Any]:
        value: dict[str, Any] = self.change.value
        return value

    def event(self, name: str, data: dict[str, Any]) -> DomainEvent:
        key = self.row.content_hash.hex()[:24]
        return DomainEvent(name, self.row.organization_id, key, self.change.at or datetime.now(UTC), data)

    def alert(self, **more: Any) -> DomainEvent:
        """What an operator must know, in Meta's own words."""
        data = {"waba_id": self.row.business_account_id, "field": self.row.field, "alert": self.row.event}
        if self.row.phone_number_id:
            data["phone_number_id"] = self.row.phone_number_id
        return self.event(events.ACCOUNT_ALERT, data | more)


async def apply(conn: Connection, row: AccountEvent, change: AccountChange) -> list[DomainEvent]:
    """Change our rows unless a later change of the same thing is known, and tell in either case."""
    if change.value.get("errors"):
        known = _Known(row, change)
        return [known.alert(codes=[integer(mapping(error).get("code")) for error in items(change.value["errors"])])]
    effect = _EFFECTS.get(change.field)
    if effect is None:
        return []
    return await effect(conn, _Known(row, change, await account_events.is_newest(conn, row)))


def _template(known: _Known) -> TemplateKey:
    value = known.value
    return TemplateKey(
        known.row.organization_id,
        known.row.business_account_id,
        text(value.get("message_template_name")),
        text(value.get("message_template_language")),
    )


async def _template_status(conn: Connection, known: _Known) -> list[DomainEvent]:
    word = text(known.value.get("event"))
    status = None if word in _NO_STATUS else _STATUS_AFTER.get(word or "", word)
    key, reason = _template(known), text(known.value.get("reason"))
    template_id = await account_effects.template_status(conn, key, status if known.is_newest else None, reason)
    data = {
        "template_id": template_id,
        "name": key.name,
        "language": key.language,
        "status": status or word,
        "event": word,
        "reason": reason,
    }
    return [known.event(events.TEMPLATE_STATUS_CHANGED, data)]


async def _template_quality(conn: Connection, known: _Known) -> list[DomainEvent]:
    key, quality = _template(known), text(known.value.get("new_quality_score"))
    template_id = await account_effects.template_fact(conn, key, quality=quality if known.is_newest else None)
    return [known.alert(template_id=template_id, name=key.name, language=key.language, quality=quality)]


async def _template_category(conn: Connection, known: _Known) -> list[DomainEvent]:
    key, category = _template(known), text(known.value.get("new_category"))
    template_id = await account_effects.template_fact(conn, key, category=category if known.is_newest else None)
    return [known.alert(template_id=template_id, name=key.name, language=key.language, category=category)]


async def _template_components(conn: Connection, known: _Known) -> list[DomainEvent]:
    await account_effects.template_fact(conn, _template(known), stale=True)
    return []


def _number(known: _Known) -> NumberKey:
    digits = account.digits(known.value.get("display_phone_number"))
    return NumberKey(known.row.organization_id, known.row.phone_number_id, digits)


async def _number_quality(conn: Connection, known: _Known) -> list[DomainEvent]:
    word = text(known.value.get("event"))
    limit = text(known.value.get("current_limit"))
    quality = {"FLAGGED": "RED", "UNFLAGGED": "GREEN"}.get(word or "")
    faster = word == "THROUGHPUT_UPGRADE"
    number_id = await account_effects.number(
        conn,
        _number(known),
        limit=limit if known.is_newest and not faster and quality is None else None,
        quality=quality if known.is_newest else None,
        throughput=_HIGH_THROUGHPUT if faster else None,
    )
    data = {"phone_number_id": number_id, "event": word, "messaging_limit": limit, "quality": quality}
    return [known.event(events.NUMBER_QUALITY_CHANGED, data)]


async def _number_name(conn: Connection, known: _Known) -> list[DomainEvent]:
    decision = text(known.value.get("decision"))
    name = text(known.value.get("requested_verified_name")) if decision == "APPROVED" else None
    number_id = await account_effects.number(conn, _number(known), name=name if known.is_newest else None)
    return [known.alert(phone_number_id=number_id)]


async def _account_update(conn: Connection, known: _Known) -> list[DomainEvent]:
    word = text(known.value.get("event")) or ""
    ban = text(mapping(known.value.get("ban_info")).get("waba_ban_state"))
    told = [known.alert(ban_state=ban)] if ban else [known.alert()]
    owner, account_id = known.row.organization_id, known.row.business_account_id
    if not known.is_newest:
        return told
    if word in _ENDING or ban == "DISABLE":
        paused = await account_effects.pause_account(conn, owner, account_id, _PAUSE + word)
        told += [_moved(known, events.NUMBER_PAUSED, number, word) for number in paused]
    elif word == "ACCOUNT_RECONNECTED" or ban == "REINSTATE":
        resumed = await account_effects.resume_account(conn, owner, account_id, _PAUSE)
        told += [_moved(known, events.NUMBER_RESUMED, number, word) for number in resumed]
    return told


def _moved(known: _Known, name: str, number: str, reason: str) -> DomainEvent:
    key = f"{number}.{known.row.content_hash.hex()[:24]}"
    data = {"phone_number_id": number, "reason": reason}
    return DomainEvent(name, known.row.organization_id, key, known.change.at or datetime.now(UTC), data)


async def _account_review(conn: Connection, known: _Known) -> list[DomainEvent]:
    owner, account_id = known.row.organization_id, known.row.business_account_id
    if known.is_newest:
        await account_effects.account(conn, owner, account_id, review=text(known.value.get("decision")))
    return [known.alert()]


async def _capability(conn: Connection, known: _Known) -> list[DomainEvent]:
    value = known.value
    limit = text(value.get("max_daily_conversations_per_business")) or text(
        value.get("max_daily_conversation_per_phone")
    )
    if known.is_newest:
        await account_effects.account(conn, known.row.organization_id, known.row.business_account_id, limit=limit)
    return [known.alert(messaging_limit=limit)]


async def _settings(conn: Connection, known: _Known) -> list[DomainEvent]:
    owner, account_id = known.row.organization_id, known.row.business_account_id
    if known.is_newest:
        await account_effects.account(conn, owner, account_id, settings=dumps(known.value))
    return []


async def _alert(_conn: Connection, known: _Known) -> list[DomainEvent]:
    return [known.alert(severity=text(known.value.get("alert_severity")))]


async def _history(_conn: Connection, known: _Known) -> list[DomainEvent]:
    """One event for a chunk of the chats from before, none for their files."""
    if not known.value.get(HISTORY):
        return []
    told = summary(known.change)
    if told.codes:
        return [known.alert(codes=told.codes)]
    return [known.alert(messages=told.messages, phase=told.phase, progress=told.progress)]


_EFFECTS: Final[dict[str, Callable[[Connection, _Known], Awaitable[list[DomainEvent]]]]] = {
    "message_template_status_update": _template_status,
    "message_template_quality_update": _template_quality,
    "message_template_components_update": _template_components,
    "template_category_update": _template_category,
    "template_correct_category_detection": _alert,
    "phone_number_quality_update": _number_quality,
    "phone_number_name_update": _number_name,
    "account_update": _account_update,
    "account_alerts": _alert,
    "account_review_update": _account_review,
    "account_settings_update": _settings,
    "business_capability_update": _capability,
    "business_username_updates": _alert,
    "security": _alert,
    "flows": _alert,
    "payment_configuration_update": _alert,
    "group_status_update": _alert,
    "messaging_handovers": _alert,
    HISTORY: _history,
}
