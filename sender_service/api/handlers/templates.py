"""Templates: what Meta has approved, what is disabled here, and sending by name with variables."""

from collections.abc import Mapping
from typing import Any

from sender_service.access import Role
from sender_service.api.ids import path_id
from sender_service.api.lists import newest
from sender_service.api.meta import told
from sender_service.api.problems import Problem, invalid, not_found
from sender_service.api.route import Call, Nothing
from sender_service.api.shapes.templates import Deletion, NewTemplate, SyncRequest, TemplateChange, TemplateQuery
from sender_service.cloud_api import templates as remote
from sender_service.sending.templates import component_text, placeholders
from sender_service.store import accounts, audit, templates
from sender_service.store.database import Connection
from sender_service.store.templates import Kept, TemplateFilters
from sender_service.store.tenancy import acting
from sender_service.template_sync import TemplateSync


async def find(call: Call[TemplateQuery, Nothing]) -> dict[str, Any]:
    """The templates of the organization, newest first."""
    query = call.query
    filters = TemplateFilters(name=query.name, language=query.language, status=query.status, category=query.category)
    async with acting(call.runtime.pool, call.organization_id) as conn:
        return await newest(conn, call, templates.page, templates.count, filters, shown=shown)


async def get(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """One template."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        return shown(await _found(conn, call))


async def create(call: Call[Nothing, NewTemplate]) -> dict[str, Any]:
    """Submit a template to Meta; it is kept here as Meta answers, mostly PENDING."""
    body = call.body
    account_id = await _account(call, body.business_account_id)
    with told():
        token = await sync_of(call).token_of(call.organization_id, account_id)
        submitted = body.model_dump(exclude={"business_account_id"})
        meta_id, status, category = await remote.create(call.runtime.graph, account_id, token, submitted)
    kept = Kept(
        meta_id=meta_id,
        name=body.name,
        language=body.language,
        category=category or body.category,
        parameter_format=body.parameter_format,
        status=status,
        quality=None,
        components=body.components,
        rejected_reason=None,
    )
    async with acting(call.runtime.pool, call.organization_id) as conn:
        [row] = await templates.keep(conn, call.organization_id, account_id, [kept])
        await audit.record(conn, call.actor, "template.created", f"template:{row['id']}", name=body.name)
        created = await templates.get(conn, call.organization_id, row["id"])
    return shown(created)


async def edit(call: Call[Nothing, TemplateChange]) -> dict[str, Any]:
    """Disable here, lift that, or change at Meta, which reviews it again."""
    body = call.body
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await _found(conn, call)
    changes = body.model_dump(include={"components", "category"}, exclude_none=True)
    if changes:
        await _edit_at_meta(call, row, changes)
    async with acting(call.runtime.pool, call.organization_id) as conn:
        if changes:
            await templates.edited(
                conn, call.organization_id, row["id"], components=body.components, category=body.category
            )
        if "status" in body.model_fields_set:
            await templates.disable(conn, call.organization_id, row["id"], disabled=body.status == "DISABLED")
        facts = {"fields": sorted(body.model_fields_set), "status": body.status}
        await audit.record(conn, call.actor, "template.changed", f"template:{row['id']}", **facts)
        return shown(await _found(conn, call))


async def delete(call: Call[Deletion, Nothing]) -> dict[str, Any]:
    """Disable here for good; with `at_meta` also delete it there."""
    if call.query.at_meta and not call.actor.may(Role.ADMIN):
        raise Problem("FORBIDDEN", "at_meta needs the role ADMIN")
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await _found(conn, call)
    if call.query.at_meta:
        account_id = row["business_account_id"]
        with told():
            token = await sync_of(call).token_of(call.organization_id, account_id)
            await remote.delete(call.runtime.graph, account_id, token, name=row["name"], meta_id=row["meta_id"])
    async with acting(call.runtime.pool, call.organization_id) as conn:
        await templates.disable(conn, call.organization_id, row["id"], disabled=True)
        facts = {"name": row["name"], "at_meta": call.query.at_meta}
        await audit.record(conn, call.actor, "template.deleted", f"template:{row['id']}", **facts)
        return shown(await _found(conn, call))


async def sync(call: Call[Nothing, SyncRequest]) -> dict[str, Any]:
    """Read the templates of one account, or of all, from Meta now."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        rows = await accounts.all_of(conn, call.organization_id, call.body.business_account_id)
        await audit.record(conn, call.actor, "templates.synced", "templates", accounts=[row["id"] for row in rows])
    if not rows:
        raise invalid("business_account_id", "is not an account of this organization")
    counts = {}
    with told():
        for row in rows:
            counts[row["id"]] = await sync_of(call).account(call.organization_id, row["id"])
    return {"accounts": counts}


async def _edit_at_meta(call: Call[Nothing, TemplateChange], row: Mapping[str, Any], changes: dict[str, Any]) -> None:
    if row["meta_id"] is None:
        raise Problem("CONFLICT", "the template is not known at Meta")
    with told():
        token = await sync_of(call).token_of(call.organization_id, row["business_account_id"])
        await remote.edit(call.runtime.graph, row["meta_id"], token, changes)


async def _account(call: Call[Any, Any], named: str | None) -> str:
    async with acting(call.runtime.pool, call.organization_id) as conn:
        ids = [row["id"] for row in await accounts.all_of(conn, call.organization_id, named)]
    if len(ids) == 1:
        return str(ids[0])
    problem = "is not an account of this organization" if named else f"is needed: there are {len(ids)} accounts"
    raise invalid("business_account_id", problem)


def sync_of(call: Call[Any, Any]) -> TemplateSync:
    """The sync of this process."""
    runtime = call.runtime
    return TemplateSync(runtime.pool, runtime.graph, runtime.tokens, runtime.relay)


async def _found(conn: Connection, call: Call[Any, Any]) -> Mapping[str, Any]:
    row = await templates.get(conn, call.organization_id, path_id(call.path["id"], "template"))
    if row is None:
        raise not_found("template")
    return dict(row)


def shown(row: Any) -> dict[str, Any]:
    """A row with its effective status and its placeholders."""
    status = "DISABLED" if row["disabled_at"] is not None else row["status"]
    return {**row, "status": status, "variables": placeholders(component_text(row["components"], "BODY"))}
