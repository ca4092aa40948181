"""What Meta says about a number, kept in its row; and what is wrong with it, in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass

from sender_service import phone
from sender_service.cloud_api import numbers as remote
from sender_service.cloud_api.graph import Graph, GraphAway, GraphRefused
from sender_service.cloud_api.numbers import NumberFacts
from sender_service.errors import TokenUnreadable, VaultClosed
from sender_service.store import numbers
from sender_service.store.database import Pool, transaction
from sender_service.store.numbers import Seen
from sender_service.vault import Tokens

BAD_TOKEN = 190
NO_PERMISSION = frozenset({3, 10, 200})
NO_SUCH_THING = frozenset({33, 100})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    check: str
    ok: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """Looks at a number as an operator would: is there a token, does Meta take it, may the number send, who listens."""

    pool: Pool
    graph: Graph
    tokens: Tokens

    async def findings(self, organization_id: int, number_id: str) -> list[Finding]:
        """In the order in which one thing needs the other; it stops where looking further makes no sense."""
        account, token, first = await self.token(organization_id, number_id)
        found = [first]
        if token is None:
            return found
        try:
            facts = await self.refresh(organization_id, number_id, token)
            found += [
                Finding("meta", True, f"Meta knows {facts.display_phone_number} ({facts.verified_name})"),
                health(facts),
            ]
            apps = await remote.subscriptions(self.graph, account, token)
        except (GraphRefused, GraphAway) as error:
            return [*found, Finding("meta", False, refused_in_words(error))]
        return [*found, subscribed(apps)]

    async def token(self, organization_id: int, number_id: str) -> tuple[str, str | None, Finding]:
        """The account, the token or None, and what to say about it."""
        async with transaction(self.pool) as conn:
            row = await numbers.credentials(conn, organization_id, number_id)
        if row is None:
            return "", None, Finding("token", False, "there is no such number")
        encrypted: Sequence[bytes | None] = (row["number_token"], row["account_token"])
        account = str(row["business_account_id"])
        try:
            token = self.tokens.of(business_account_id=account, encrypted=encrypted)
        except (TokenUnreadable, VaultClosed):
            sentence = "the stored access token cannot be read with this installation's encryption keys: set it anew"
            return account, None, Finding("token", False, sentence)
        if token is None:
            return account, None, Finding("token", False, "there is no access token for this number: set one")
        return account, token, Finding("token", True, "there is an access token")

    async def refresh(self, organization_id: int, number_id: str, token: str) -> NumberFacts:
        """Read a number at Meta and keep what it says. Raise `GraphRefused` or `GraphAway`."""
        facts = await remote.read(self.graph, number_id, token)
        seen = Seen(
            verified_name=facts.verified_name,
            quality=facts.quality,
            messaging_limit=facts.messaging_limit,
            status=facts.status,
            throughput=facts.throughput,
            display=facts.display_phone_number or None,
            digits=facts.digits,
            country=phone.country_of(facts.digits) if facts.digits else None,
            health={"can_send_message": facts.health, "reasons": list(facts.reasons)},
        )
        async with transaction(self.pool) as conn:
            await numbers.seen(conn, organization_id, number_id, seen)
        return facts


def health(facts: NumberFacts) -> Finding:
    """May it send, by Meta's own judgement."""
    if facts.health in {None, "AVAILABLE"}:
        return Finding("health", True, "Meta lets this number send")
    because = "; ".join(facts.reasons) or "Meta gives no reason"
    word = "limits what this number sends" if facts.health == "LIMITED" else "does not let this number send"
    return Finding("health", facts.health == "LIMITED", f"Meta {word}: {because}")


def subscribed(apps: Sequence[object]) -> Finding:
    """Does anybody get the account's webhooks."""
    if apps:
        return Finding("webhooks", True, f"{len(apps)} app(s) get the webhooks of this account")
    sentence = "no app is subscribed to this account, so no webhook will come: use POST numbers/{id}/subscribe"
    return Finding("webhooks", False, sentence)


def refused_in_words(error: GraphRefused | GraphAway) -> str:
    """Whose move it is when Meta does not answer as hoped."""
    if isinstance(error, GraphAway):
        return f"Meta could not be reached ({error.reason}): check the network and SENDER_GRAPH_URL"
    if error.code == BAD_TOKEN:
        return "Meta does not accept the access token: it has expired or was revoked; set a new one"
    if error.code in NO_PERMISSION:
        return "the access token may not manage this number: it needs whatsapp_business_management and _messaging"
    if error.code in NO_SUCH_THING:
        return "Meta does not know this number id, or the token belongs to another business"
    return f"Meta says ({error.code}): {error.details or error.message}"
