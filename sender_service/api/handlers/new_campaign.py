"""Making a campaign and filling it: from a list, from leads, from contacts, or from an upload read line by line."""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import orjson

from sender_service.api.handlers.campaigns import shown
from sender_service.api.handlers.send import sender_of
from sender_service.api.idempotency import body_hash, claim, earlier, idempotency_key
from sender_service.api.ids import path_id
from sender_service.api.problems import Problem, invalid, not_found
from sender_service.api.route import Call, Nothing, Reply
from sender_service.api.shapes.campaigns import CampaignRequest
from sender_service.api.upload import chunks, uploaded
from sender_service.sending import audience
from sender_service.sending.audience import MOST, Offer, Report
from sender_service.sending.templates import StoredTemplate
from sender_service.store import audit, campaigns, command_keys
from sender_service.store.campaigns import LeadFilter, NewCampaign, NewRecipient
from sender_service.store.command_keys import Key
from sender_service.store.database import Connection
from sender_service.store.tenancy import acting

SOURCE = "/api/v1/campaigns"
# Looking so many up among those already there costs as much as looking a few up.
CHUNK = 5000
# Reading a phone number costs some 50 µs: after so many, other requests have their turn.
AT_ONCE = 200


async def create(call: Call[Nothing, CampaignRequest]) -> Reply:
    """Make a campaign and, unless it is a draft, let it start; the same Idempotency-Key makes it once."""
    key, hashed = Key(call.organization_id, SOURCE, idempotency_key(call.request)), body_hash(call.body)
    headers = {"Idempotency-Key": key.key}
    async with acting(call.runtime.pool, call.organization_id) as conn:
        if answer := await earlier(conn, key, hashed):
            return Reply(answer, headers=headers)
        new, offer = await _planned(conn, call)
    # Judging takes seconds for a long list: outside any transaction.
    people, report = await _judged(offer, call.body.recipients or ())
    async with acting(call.runtime.pool, call.organization_id) as conn:
        if not await claim(conn, key, hashed):
            return Reply(await earlier(conn, key, hashed), headers=headers)
        campaign_id, told = await _create(conn, call, new, offer, people=people, report=report)
        answer = {**await shown(conn, call.organization_id, campaign_id), "report": told}
        await command_keys.answer_request(conn, key, orjson.loads(orjson.dumps(answer)))
    return Reply(answer, headers=headers)


async def fill(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """Add the rows of an upload to a draft; what was added stays when the upload breaks off."""
    campaign_id = path_id(call.path["id"], "campaign")
    async with acting(call.runtime.pool, call.organization_id) as conn:
        row = await _draft(conn, call.organization_id, campaign_id)
        offer = await _offer_of(conn, call, row)
    report, added = Report(), 0
    async for part in chunks(uploaded(call.request), CHUNK):
        people = await _read(offer, part, report)
        async with acting(call.runtime.pool, call.organization_id) as conn:
            total = (await _draft(conn, call.organization_id, campaign_id))["total"]
            new = await _add(conn, (call.organization_id, campaign_id), people, after=total)
            await campaigns.set_total(conn, call.organization_id, campaign_id, total=total + new, status="draft")
        added += new
    async with acting(call.runtime.pool, call.organization_id) as conn:
        await audit.record(conn, call.actor, "campaign.filled", f"campaign:{campaign_id}", added=added)
        row = await _draft(conn, call.organization_id, campaign_id)
    return {"id": campaign_id, "total": row["total"], "report": _told(report, added)}


async def _planned(conn: Connection, call: Call[Nothing, CampaignRequest]) -> tuple[NewCampaign, Offer]:
    """The campaign without its recipients, and what each of them is judged against."""
    body, owner = call.body, call.organization_id
    sender = await sender_of(conn, owner, body.phone_number_id)
    template = await _template(conn, owner, sender["business_account_id"], body)
    new = NewCampaign(
        name=body.name,
        phone_number_id=sender["id"],
        template_id=template["id"],
        variables=body.variables,
        starts_at=body.starts_at,
        share=body.share,
        failure_limit=body.failure_limit,
        created_by=call.actor.name,
    )
    return new, Offer(
        _stored(template), body.variables, call.runtime.settings.default_country_code or sender["country"]
    )


async def _judged(offer: Offer, listed: Iterable[Any]) -> tuple[list[NewRecipient], Report]:
    report = Report()
    return await _read(offer, listed, report), report


async def _read(offer: Offer, listed: Iterable[Any], report: Report) -> list[NewRecipient]:
    """The recipients among these rows; other requests have their turn meanwhile."""
    people: list[NewRecipient] = []
    rows = iter(listed)
    while part := list(islice(rows, AT_ONCE)):
        people += audience.recipients(offer, part, report)
        await asyncio.sleep(0)
    return people


async def _create(
    conn: Connection,
    call: Call[Nothing, CampaignRequest],
    new: NewCampaign,
    offer: Offer,
    *,
    people: Sequence[NewRecipient],
    report: Report,
) -> tuple[int, dict[str, Any]]:
    body, owner = call.body, call.organization_id
    campaign_id = await campaigns.create(conn, owner, new)
    added = 0
    for start in range(0, len(people), CHUNK):
        added += await _add(conn, (owner, campaign_id), people[start : start + CHUNK], after=added)
    added += await _chosen(conn, owner, campaign_id, offer, body=body, after=added)
    await campaigns.set_total(conn, owner, campaign_id, total=added, status=_first_status(body, added))
    await audit.record(conn, call.actor, "campaign.created", f"campaign:{campaign_id}", recipients=added)
    return campaign_id, _told(report, added)


def _first_status(body: CampaignRequest, added: int) -> str:
    if body.draft:
        return "draft"
    if not added:
        raise invalid("recipients", "nobody is left to write to; make a draft to fill it later")
    return "scheduled" if body.starts_at is not None else "running"


async def _template(conn: Connection, owner: int, account: str, body: CampaignRequest) -> Any:
    """The one approved template that is meant."""
    found = await campaigns.template(
        conn, owner, account, template_id=body.template_id, name=body.template, language=body.language
    )
    field = "template_id" if body.template is None else "template"
    if not found:
        raise invalid(field, "is not a template of this number's account")
    usable = [row for row in found if row["status"] == "APPROVED" and not row["disabled"]]
    if not usable:
        raise invalid(field, f"is {'DISABLED' if found[0]['disabled'] else found[0]['status']}, only APPROVED is sent")
    if len(usable) > 1:
        raise invalid(
            "language", f"is needed: the template is approved in {', '.join(row['language'] for row in usable)}"
        )
    return usable[0]


async def _chosen(
    conn: Connection, owner: int, campaign_id: int, offer: Offer, *, body: CampaignRequest, after: int
) -> int:
    """Leads and contacts that pass the filters, each person once; how many were new."""
    added = 0
    if body.leads is not None or body.contacts is not None:
        _must_fit(offer)
    if body.leads is not None:
        leads = LeadFilter(**body.leads.model_dump())
        added += await campaigns.add_leads(conn, owner, campaign_id, leads, after=after, most=MOST - after)
    if body.contacts is not None:
        contacts, after = body.contacts.model_dump(), after + added
        added += await campaigns.add_contacts(conn, owner, campaign_id, **contacts, after=after, most=MOST - after)
    return added


def _must_fit(offer: Offer) -> None:
    """Leads and contacts bring no variables: those of the campaign must be enough."""
    try:
        audience.fit(offer.template, offer.variables)
    except ValueError as error:
        raise invalid("variables", str(error)) from None


async def _add(conn: Connection, campaign: tuple[int, int], people: Sequence[NewRecipient], *, after: int) -> int:
    if after + len(people) > MOST:
        raise invalid("recipients", f"at most {MOST} in one campaign")
    return await campaigns.add_recipients(conn, *campaign, people, after=after) if people else 0


async def _draft(conn: Connection, owner: int, campaign_id: int) -> Any:
    row = await campaigns.lock(conn, owner, campaign_id)
    if row is None:
        raise not_found("campaign")
    if row["status"] != "draft":
        raise Problem("CONFLICT", f"the campaign is {row['status']}: only a draft takes recipients")
    return row


async def _offer_of(conn: Connection, call: Call[Nothing, Nothing], row: Any) -> Offer:
    owner = call.organization_id
    sender = await campaigns.sender(conn, owner, row["phone_number_id"])
    if sender is None:
        raise not_found("number")
    account = sender["business_account_id"]
    [template, *_] = await campaigns.template(
        conn, owner, account, template_id=row["template_id"], name=None, language=None
    )
    return Offer(_stored(template), row["variables"], call.runtime.settings.default_country_code or sender["country"])


def _stored(template: Any) -> StoredTemplate:
    return StoredTemplate(
        name=template["name"],
        language=template["language"],
        status=template["status"],
        category=template["category"],
        parameter_format=template["parameter_format"],
        components=template["components"],
    )


def _told(report: Report, added: int) -> dict[str, Any]:
    left_out = max(0, report.rows - report.refused - added)
    judged = {"rows": report.rows, "refused": report.refused, "problems": report.problems}
    return judged | {"added": added, "left_out": left_out}
