"""Sending a template by id or name, with variables instead of Meta's component lists."""

from collections.abc import Mapping, Sequence
from typing import Any

from sender_service.api.handlers.send import accept_one, sender_of
from sender_service.api.idempotency import idempotency_key
from sender_service.api.problems import Problem, invalid
from sender_service.api.route import Call, Nothing, Reply
from sender_service.api.shapes.templates import TemplateSend
from sender_service.sending.template_check import Mismatch, check
from sender_service.sending.template_fill import components, content, unknown
from sender_service.sending.templates import StoredTemplate
from sender_service.store import organizations, templates
from sender_service.store.database import Connection
from sender_service.store.tenancy import acting

_PASSED = ("to", "recipient", "phone_number_id", "lead_id", "send_at", "expires_at", "metadata")


async def send(call: Call[Nothing, TemplateSend]) -> Reply:
    """Accept one template message; only an approved template that its variables fill is sent."""
    body = call.body
    key = idempotency_key(call.request)
    async with acting(call.runtime.pool, call.organization_id) as conn:
        sender = await sender_of(conn, call.organization_id, body.phone_number_id)
        template = stored(await _chosen(conn, call, sender["business_account_id"]))
    variables = by_name(body.variables)
    fit(template, variables)
    data = body.model_dump(include=set(_PASSED), exclude_none=True)
    data |= {"phone_number_id": sender["id"], "type": "template", "template": content(template, variables)}
    accepted = await accept_one(call.runtime, call.organization_id, data, key=key)
    return Reply({"id": accepted.message_id, "status": accepted.status}, headers={"Idempotency-Key": key})


async def _chosen(conn: Connection, call: Call[Nothing, TemplateSend], account: str) -> Mapping[str, Any]:
    body = call.body
    if body.template_id is None:
        return await named(conn, call.organization_id, account, name=body.name or "", language=body.language)
    row = await templates.get(conn, call.organization_id, body.template_id)
    if row is None:
        raise invalid("template_id", "there is no such template")
    if row["business_account_id"] != account:
        raise invalid("template_id", "is not a template of this number's account")
    return choose([dict(row)], language=body.language, default=None)


async def named(
    conn: Connection, organization_id: int, account: str, *, name: str, language: str | None
) -> Mapping[str, Any]:
    """The template of a name that the numbers of an account can send."""
    found = await templates.named(conn, organization_id, name)
    rows = [dict(row) for row in found if row["business_account_id"] == account]
    if not rows:
        raise invalid("name", "is not a template of this number's account" if found else "there is no such template")
    organization = await organizations.get(conn, organization_id)
    default = organization["default_template_language"] if organization else None
    return choose(rows, language=language, default=default)


def choose(rows: Sequence[Mapping[str, Any]], *, language: str | None, default: str | None) -> Mapping[str, Any]:
    """The one language meant: the named one, else the organization's default, else the only approved one."""
    if language is not None:
        known = ", ".join(row["language"] for row in rows)
        rows = [row for row in rows if row["language"] == language]
        if not rows:
            raise invalid("language", f"the template does not exist in this language; it does in {known}")
    approved = [row for row in rows if is_sendable(row)]
    if not approved:
        raise Problem("CONFLICT", f"the template is {effective(rows[0])}: only APPROVED is sent")
    in_default = [row for row in approved if row["language"] == default]
    if len(approved) > 1 and len(in_default) != 1:
        languages = ", ".join(sorted({row["language"] for row in approved}))
        raise invalid("language", f"is needed: the template is approved in {languages}")
    return in_default[0] if len(in_default) == 1 else approved[0]


def is_sendable(row: Mapping[str, Any]) -> bool:
    return effective(row) == "APPROVED"


def effective(row: Mapping[str, Any]) -> str:
    """The status that decides: our own DISABLED before Meta's."""
    return "DISABLED" if row["disabled_at"] is not None else str(row["status"])


def stored(row: Mapping[str, Any]) -> StoredTemplate:
    """The row as the story of sending knows templates."""
    return StoredTemplate(
        name=row["name"],
        language=row["language"],
        status=row["status"],
        category=row["category"],
        parameter_format=row["parameter_format"],
        components=row["components"],
        disabled=row["disabled_at"] is not None,
    )


def by_name(variables: Mapping[str, str] | Sequence[str]) -> dict[str, str]:
    """Variables by placeholder; a list fills 1, 2, 3 …"""
    if isinstance(variables, Mapping):
        return dict(variables)
    return {str(place): value for place, value in enumerate(variables, start=1)}


def fit(template: StoredTemplate, variables: Mapping[str, str]) -> None:
    """A problem naming the variable when they do not fill the template exactly."""
    if extra := unknown(template, variables):
        raise invalid(f"variables.{extra[0]}", "the template has no such place")
    try:
        check(template, components(template, variables))
    except Mismatch as mismatch:
        raise invalid("variables", str(mismatch)) from None
