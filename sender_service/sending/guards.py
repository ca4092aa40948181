"""What stops a message before any call, decided from plain facts.

The codes are those Meta would answer with, so that an operator reads one vocabulary whoever refused.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sender_service.sending.template_check import Mismatch, check
from sender_service.sending.templates import StoredTemplate

WINDOW_CLOSED = 131047
OPTED_OUT = 131050
BLOCKED_BY_US = 130403
TEMPLATE_MISSING = 132001
TEMPLATE_PAUSED = 132015
TEMPLATE_DISABLED = 132016


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message is not sent. `waits`: the reason may pass by itself, so the row may stay; `expired`: it is late,
    not wrong.
    """

    code: int | None
    reason: str
    field: str | None = None
    waits: bool = False
    expired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the database knows at the moment of the decision.

    `window_expires_at` None means that no message of this customer is known; then Meta judges, unless
    `window_must_be_known`:
    the customer may have written before this installation listened. `template` None means that it was never synced:
    Meta judges too.
    """

    now: datetime
    expires_at: datetime | None = None
    blocked: bool = False
    marketing_opted_out: bool = False
    window_expires_at: datetime | None = None
    window_must_be_known: bool = False
    template: StoredTemplate | None = None
    template_must_be_known: bool = False


def refusal(kind: str, content: Any, facts: Facts) -> Refusal | None:
    """The first reason not to send a message of this type and content, None if there is none."""
    stopped = _person_refusal(kind, facts)
    return _template_refusal(content, facts) if stopped is None and kind == "template" else stopped


def second_refusal(kind: str, category: str | None, facts: Facts) -> Refusal | None:
    """The first reason that arose while an accepted message waited; `category` is that of its template.

    What it says was judged when it was accepted, and a template that was stopped since then keeps its messages.
    """
    return _person_refusal(kind, facts) or _marketing_refusal(category, facts)


def _person_refusal(kind: str, facts: Facts) -> Refusal | None:
    """Time, the person and the window."""
    if facts.expires_at is not None and facts.expires_at <= facts.now:
        return Refusal(None, "expires_at has passed", field="expires_at", expired=True)
    if kind == "mark_read":
        return None
    if facts.blocked:
        return Refusal(BLOCKED_BY_US, "this contact is blocked here")
    return None if kind == "template" else _window_refusal(facts)


def _window_refusal(facts: Facts) -> Refusal | None:
    end = facts.window_expires_at
    closed = facts.window_must_be_known if end is None else end <= facts.now
    return Refusal(WINDOW_CLOSED, "the 24-hour service window is closed: send a template instead") if closed else None


def _template_refusal(content: Any, facts: Facts) -> Refusal | None:
    template = facts.template
    if template is None:
        missing = Refusal(TEMPLATE_MISSING, "no such template in this language is known here", field="template.name")
        return missing if facts.template_must_be_known else None
    return (
        _standing_refusal(template)
        or _marketing_refusal(template.category, facts)
        or _content_refusal(template, content)
    )


def _standing_refusal(template: StoredTemplate) -> Refusal | None:
    if template.disabled:
        return Refusal(TEMPLATE_DISABLED, "the template was disabled here", field="template.name")
    match template.status:
        case "APPROVED":
            return None
        case "PAUSED":
            return Refusal(
                TEMPLATE_PAUSED, "Meta paused the template for its quality", field="template.name", waits=True
            )
        case "DISABLED":
            return Refusal(TEMPLATE_DISABLED, "Meta disabled the template for good", field="template.name")
        case status:
            return Refusal(
                TEMPLATE_MISSING, f"the template is {status}, only APPROVED ones are sent", field="template.name"
            )


def _marketing_refusal(category: str | None, facts: Facts) -> Refusal | None:
    if category == "MARKETING" and facts.marketing_opted_out:
        return Refusal(OPTED_OUT, "this contact does not want marketing messages")
    return None


def _content_refusal(template: StoredTemplate, content: Any) -> Refusal | None:
    try:
        check(template, content.get("components") or [])
    except Mismatch as mismatch:
        return Refusal(mismatch.code, mismatch.problem, field=mismatch.field)
    return None
