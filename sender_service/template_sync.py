"""Reads an account's templates from Meta into the table, and tells what changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from sender_service.cloud_api import templates as remote
from sender_service.cloud_api.graph import Graph, GraphAway, GraphRefused
from sender_service.cloud_api.templates import RemoteTemplate
from sender_service.outbound_events import EventRelay
from sender_service.store import accounts, outbox, templates
from sender_service.store.database import Pool, acquired, transaction
from sender_service.store.templates import Kept
from sender_service.vault import Tokens
from shared.contracts.events import TEMPLATE_STATUS_CHANGED, DomainEvent

EVERY = timedelta(hours=6)
ACCOUNTS_AT_ONCE = 20
log = structlog.get_logger(__name__)


class NoToken(Exception):
    """Neither the account nor one of its numbers has a token."""


@dataclass(frozen=True, slots=True)
class TemplateSync:
    """Safe to run twice, also at once."""

    pool: Pool
    graph: Graph
    tokens: Tokens
    relay: EventRelay

    async def due(self) -> int:
        """Sync the accounts whose turn has come; one that fails does not hold up the others."""
        async with acquired(self.pool) as conn:
            rows = await accounts.due_for_templates(conn, EVERY, ACCOUNTS_AT_ONCE)
        for row in rows:
            await self._tolerant(row["organization_id"], row["id"])
        return len(rows)

    async def account(self, organization_id: int, account_id: str) -> int:
        """Sync one account; how many templates it has. Raise `GraphRefused`, `GraphAway` or `NoToken`."""
        token = await self.token_of(organization_id, account_id)
        found = await remote.everything(self.graph, account_id, token)
        async with transaction(self.pool) as conn:
            known = {
                (row["name"], row["language"]): row["status"]
                for row in await templates.of_account(conn, organization_id, account_id)
            }
            started = await templates.moment(conn)
            rows = await templates.keep(conn, organization_id, account_id, [_kept(each) for each in found])
            rows += await templates.gone(conn, organization_id, account_id, started)
            changed = [row for row in rows if known.get((row["name"], row["language"]), row["status"]) != row["status"]]
            events = [status_changed(organization_id, account_id, dict(row)) for row in changed]
            outbox_id = await outbox.append(conn, events)
            await accounts.templates_synced(conn, organization_id, account_id)
        if outbox_id is not None:
            self.relay(outbox_id, events)
        return len(found)

    async def token_of(self, organization_id: int, account_id: str) -> str:
        """The token that speaks for an account."""
        async with acquired(self.pool) as conn:
            rows = await accounts.all_of(conn, organization_id, account_id)
        token = self.tokens.of(business_account_id=account_id, encrypted=[row["token"] for row in rows])
        if token is None:
            raise NoToken(account_id)
        return token

    async def _tolerant(self, organization_id: int, account_id: str) -> None:
        try:
            count = await self.account(organization_id, account_id)
        except (GraphRefused, GraphAway, NoToken) as error:
            facts = {"organization_id": organization_id, "business_account_id": account_id}
            log.warning("templates.not_synced", error=f"{type(error).__name__}: {error}", **facts)
            # The turn counts all the same: an account whose token is dead must not be asked every minute.
            async with acquired(self.pool) as conn:
                await accounts.templates_synced(conn, organization_id, account_id)
        else:
            log.info("templates.synced", organization_id=organization_id, business_account_id=account_id, count=count)


def status_changed(organization_id: int, account_id: str, row: dict[str, object]) -> DomainEvent:
    """The event of a template whose status is another one now."""
    now = datetime.now(UTC)
    data = {"template_id": row["id"], "business_account_id": account_id}
    data |= {name: row[name] for name in ("name", "language", "status")}
    return DomainEvent(TEMPLATE_STATUS_CHANGED, organization_id, f"{row['id']}.{now.isoformat()}", now, data)


def _kept(each: RemoteTemplate) -> Kept:
    components: Sequence[object] = list(each.components)
    return Kept(
        meta_id=each.meta_id,
        name=each.name,
        language=each.language,
        category=each.category,
        parameter_format=each.parameter_format,
        status=each.status,
        quality=each.quality,
        components=components,
        rejected_reason=each.rejected_reason,
    )
