"""Feeding campaigns: a batch at a time through the one door, each recipient once by its command key.

A process may die anywhere: the key `campaign:<id>` / `<ordinal>` makes a batch that is fed again the same messages.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeAlias

import structlog

from sender_service.access import Actor, Role
from sender_service.sending import campaign_pace as pace
from sender_service.sending.accept import Accepted, Rejected
from sender_service.sending.template_fill import content
from sender_service.sending.templates import StoredTemplate
from sender_service.store import audit, campaigns, send_queue
from sender_service.store.campaigns import AtWork, Fed, Recipient
from sender_service.store.database import Pool, acquired, transaction
from shared import metrics
from shared.contracts.errors import ContractViolation
from shared.contracts.send_message import SendMessage, from_data

Accepting: TypeAlias = Callable[[Sequence[SendMessage]], Awaitable[list[Accepted | Rejected]]]

CANCELLED_AT_ONCE: Final = 1000
ACTOR: Final = "scheduler"
log = structlog.get_logger(__name__)


async def feed(pool: Pool, accept: Accepting) -> int:
    """Give every campaign at work its next batch; how many recipients were fed."""
    async with acquired(pool) as conn:
        at_work = await campaigns.at_work(conn)
    fed = 0
    for campaign in at_work:
        if not await _pause(pool, campaign):
            fed += await _feed(pool, accept, campaign)
    await _finish(pool)
    await _sweep(pool)
    return fed


async def _pause(pool: Pool, campaign: AtWork) -> bool:
    """Whether the campaign stops by itself now."""
    async with transaction(pool) as conn:
        settled, failed = await campaigns.judge(conn, campaign, campaign.waiting + pace.JUDGED)
        reason = pace.pause_reason(
            number_paused=campaign.number_paused,
            template_paused=campaign.template_paused,
            settled=settled,
            failed=failed,
            limit=campaign.failure_limit,
        )
        if reason is None:
            return False
        owner = campaign.organization_id
        if await campaigns.move(
            conn, owner, campaign.id, expected=["scheduled", "running"], to="paused", reason=reason
        ):
            facts = {"reason": reason, "settled": settled, "failed": failed}
            await audit.record(
                conn, Actor(owner, Role.OWNER, ACTOR), "campaign.paused", f"campaign:{campaign.id}", **facts
            )
            log.warning("campaign.paused", organization_id=owner, campaign_id=campaign.id, **facts)
        return True


async def _feed(pool: Pool, accept: Accepting, campaign: AtWork) -> int:
    """Hand the next recipients over and note what became of them."""
    room = pace.allowance(
        rate=campaign.rate, share=campaign.share, waiting=campaign.waiting, since_fed=campaign.since_fed
    )
    if not room:
        return 0
    async with acquired(pool) as conn:
        batch = await campaigns.next_recipients(
            conn, campaign.organization_id, campaign.id, after=campaign.fed, limit=room
        )
    if not batch:
        return 0
    fed = await _accepted(accept, campaign, batch)
    own = campaign.rate * campaign.share
    async with acquired(pool) as conn:
        await campaigns.mark_fed(
            conn, campaign, fed, up_to=batch[-1].ordinal, window=pace.window(own), seconds=len(batch) / own
        )
    refused = sum(one.status == "refused" for one in fed)
    metrics.COMMANDS_ACCEPTED.labels("campaign", "accepted").inc(len(fed) - refused)
    metrics.COMMANDS_ACCEPTED.labels("campaign", "refused").inc(refused)
    whose = {"organization_id": campaign.organization_id, "campaign_id": campaign.id}
    log.info("campaign.fed", **whose, fed=len(fed), refused=refused, up_to=batch[-1].ordinal)
    return len(fed)


async def _accepted(accept: Accepting, campaign: AtWork, batch: Sequence[Recipient]) -> list[Fed]:
    """What the door says to each recipient; one whose command breaks the contract never gets there."""
    template = StoredTemplate(
        name=campaign.template,
        language=campaign.language,
        parameter_format=campaign.parameter_format,
        components=campaign.components,
    )
    commands: list[SendMessage] = []
    ordinals: list[int] = []
    fed: list[Fed] = []
    for recipient in batch:
        try:
            commands.append(command(campaign, template, recipient))
            ordinals.append(recipient.ordinal)
        except ContractViolation as error:
            fed.append(Fed(recipient.ordinal, "refused", None, str(error)))
    results = await accept(commands) if commands else []
    return fed + [_fed(ordinal, result) for ordinal, result in zip(ordinals, results, strict=True)]


def command(campaign: AtWork, template: StoredTemplate, recipient: Recipient) -> SendMessage:
    """The command for one recipient: the same however often it is made, for its key holds its hash."""
    to = recipient.recipient
    data: dict[str, Any] = {
        "phone_number_id": campaign.phone_number_id,
        **({"to": f"+{to}"} if to.isdigit() else {"recipient": to}),
        "type": "template",
        "template": content(template, {**campaign.variables, **recipient.variables}),
        "campaign_id": campaign.id,
        **({"lead_id": recipient.lead_id} if recipient.lead_id is not None else {}),
    }
    return from_data(data, source=f"campaign:{campaign.id}", id=str(recipient.ordinal), lane="bulk")


def _fed(ordinal: int, result: Accepted | Rejected) -> Fed:
    """A key that came with another body was accepted before its template was edited."""
    if isinstance(result, Rejected) and result.reason != "id_reused":
        return Fed(ordinal, "refused", None, f"{result.reason} {result.detail}".rstrip())
    return Fed(ordinal, "accepted", result.message_id if isinstance(result, Accepted) else None, None)


async def _finish(pool: Pool) -> None:
    async with acquired(pool) as conn:
        for organization_id, campaign_id in await campaigns.finish(conn):
            log.info("campaign.finished", organization_id=organization_id, campaign_id=campaign_id)


async def _sweep(pool: Pool) -> None:
    """Take out what was accepted while its campaign was being cancelled."""
    async with acquired(pool) as conn:
        left = await campaigns.cancelled(conn)
    for organization_id, campaign_id in left:
        await cancel_waiting(pool, organization_id, campaign_id)


async def cancel_waiting(pool: Pool, organization_id: int, campaign_id: int) -> int:
    """Cancel what waits, in transactions of a bounded size; how many messages that were."""
    cancelled = 0
    while True:
        async with transaction(pool) as conn:
            gone = await send_queue.cancel_campaign(conn, organization_id, campaign_id, CANCELLED_AT_ONCE)
        cancelled += len(gone)
        if len(gone) < CANCELLED_AT_ONCE:
            return cancelled
