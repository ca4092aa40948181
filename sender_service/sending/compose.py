"""From a command and what is known about it to the rows and events that accept it. Deciding only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sender_service import phone
from sender_service.sending import guards, limits, payload, text
from sender_service.sending.templates import StoredTemplate
from sender_service.store.acceptance import Found, Sought
from sender_service.store.send_queue import New
from sender_service.store.senders import Sender
from shared.contracts import events
from shared.contracts.events import DomainEvent
from shared.contracts.send_message import MARK_READ, SendMessage

WRONG_VALUE = 131009


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who a command is for: `digits` as they are sent, `person` as people are told apart; exactly one form is set."""

    digits: str | None = None
    person: str | None = None
    bsuid: str | None = None
    group: str | None = None
    warning: str | None = None
    refusal: guards.Refusal | None = None

    @property
    def key(self) -> str:
        """What order and pair pace go by."""
        return self.person or self.bsuid or self.group or ""


def addressee(command: SendMessage, sender: Sender, country: str | None) -> Addressee:
    """Read `to` or `recipient`; `country` is the installation's, before that of the number."""
    if command.type == MARK_READ:
        return Addressee()
    if command.recipient_type == "group":
        return Addressee(group=command.to or command.recipient)
    if command.to is None:
        return Addressee(bsuid=command.recipient)
    try:
        number = phone.normalize(command.to, country or sender.country)
    except phone.NotAPhoneNumber as error:
        return Addressee(refusal=guards.Refusal(WRONG_VALUE, f"data.to: {error}", field="data.to"))
    return Addressee(digits=number.digits, person=phone.fold(number.digits), warning=number.warning)


def sought(command: SendMessage, sender: Sender, who: Addressee) -> Sought:
    """What to look for: its key, the recipient and what it names."""
    name, language = _template(command)
    return Sought(
        sender.organization_id, command.source, command.id, sender.id, who.person, who.bsuid, command.lead_id,
        command.campaign_id, sender.business_account_id, name if language else None, language,
    )  # fmt: skip


def _template(command: SendMessage) -> tuple[str | None, str | None]:
    """The name and language of the stored template a command names, as far as it names one."""
    if command.type != "template":
        return None, None
    language = command.content.get("language")
    code = language.get("code") if isinstance(language, Mapping) else None
    name = command.content.get("name")
    return (name if isinstance(name, str) else None, code if isinstance(code, str) else None)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the limits say of a command: refused, or passed with a warning."""

    refusal: guards.Refusal | None = None
    warning: str | None = None


def judge(command: SendMessage) -> Judgement:
    """Judge a command by Meta's documented limits, which need no database."""
    try:
        return Judgement(warning=limits.check(command))
    except limits.Invalid as error:
        return Judgement(guards.Refusal(WRONG_VALUE, str(error), field=error.field))


@dataclass(frozen=True, slots=True)
class Case:
    """One new command with everything that is known about it."""

    command: SendMessage
    sender: Sender
    who: Addressee
    found: Found
    template: StoredTemplate | None
    judged: Judgement


def refusal(case: Case) -> guards.Refusal | None:
    """Why the message cannot go, if it cannot: the command itself, its recipient, or the guards."""
    return (
        case.judged.refusal or case.who.refusal or guards.refusal(case.command.type, case.command.content, _facts(case))
    )


def row(case: Case) -> New:
    """The message's log row, its queue row where it may go, and what is made with it."""
    command, sender, who, found = case.command, case.sender, case.who, case.found
    refused = refusal(case)
    status = _status(command, refused, found.now)
    failed = status == "failed" and refused is not None
    return New(
        organization_id=sender.organization_id,
        id=found.message_id,
        phone_number_id=sender.id,
        contact_id=found.contact_id,
        conversation_id=found.conversation_id,
        lead_id=command.lead_id,
        campaign_id=command.campaign_id,
        type=command.type,
        status=status,
        lane=command.lane,
        recipient=who.key or command.to or "",
        text=text.words(command, case.template),
        content=command.content,
        template=_template(command)[0],
        metadata=command.metadata,
        source=command.source,
        command_id=command.id,
        traceparent=command.traceparent,
        context_wamid=command.context_message_id,
        group_id=who.group,
        on_unknown=command.on_unknown,
        error_code=refused.code if failed and refused else None,
        error_message=refused.reason if failed and refused else None,
        warning=case.judged.warning or who.warning,
        ordered=command.type != MARK_READ,
        due_at=command.send_at if status == "scheduled" else None,
        expires_at=command.expires_at,
        template_id=found.template_id,
        request={"body": payload.request(command, who.digits), "facts": facts(case)},
        body_hash=command.body_hash,
        new_phone=who.person if found.is_stranger else None,
        new_bsuid=who.bsuid if found.is_stranger else None,
        new_subject=found.subject,
    )


def facts(case: Case) -> dict[str, Any]:
    """What every event about the message tells: ids only, the person behind `contact_id` is read over HTTP."""
    command, found = case.command, case.found
    told = {
        "phone_number_id": case.sender.id,
        "type": command.type,
        "lane": command.lane,
        "source": command.source,
        "command_id": command.id,
        "conversation_id": found.conversation_id,
        "contact_id": found.contact_id,
        "lead_id": command.lead_id,
        "campaign_id": command.campaign_id,
        "metadata": command.metadata,
        "traceparent": command.traceparent,
    }
    return {name: value for name, value in told.items() if value is not None}


def event(case: Case, new: New) -> DomainEvent | None:
    """What other backends are told about the acceptance; nothing about marking as read."""
    if new.type == MARK_READ and new.status != "failed":
        return None
    names = {"failed": events.MESSAGE_FAILED, "expired": events.MESSAGE_EXPIRED}
    name = names.get(new.status, events.MESSAGE_QUEUED)
    data = {"message_id": new.id, "status": new.status, **new.request["facts"]}
    if new.status == "failed":
        data["error"] = {"code": new.error_code, "message": new.error_message}
    key = str(new.id) if name == events.MESSAGE_QUEUED else f"{new.id}.0"
    return DomainEvent(name, new.organization_id, key, case.found.now, data, case.command.traceparent)


def _status(command: SendMessage, refused: guards.Refusal | None, now: datetime) -> str:
    if refused is not None and refused.expired:
        return "expired"
    if refused is not None and not refused.waits:
        return "failed"
    return "scheduled" if is_early(command, now) else "queued"


def is_early(command: SendMessage, now: datetime | None) -> bool:
    """Whether the command asks to be sent later than this moment."""
    return command.send_at is not None and now is not None and command.send_at > now


def _facts(case: Case) -> guards.Facts:
    return guards.Facts(
        now=case.found.now,
        expires_at=case.command.expires_at,
        blocked=case.found.blocked,
        marketing_opted_out=case.found.opted_out,
        window_expires_at=_window(case),
        template=case.template,
    )


def _window(case: Case) -> datetime | None:
    """A message for later is judged by Meta then: the customer may write in the meantime."""
    later = is_early(case.command, case.found.now)
    return None if later else case.found.window_expires_at
