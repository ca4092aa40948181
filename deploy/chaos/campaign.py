"""One campaign to very many people, with every process killed once on its way: does each get exactly one message?

What a kill leaves in doubt is first given the time of Meta's echo; what Meta never saw is then sent again by the
operator's own door, so that at the end the ledger must hold every recipient once.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import psycopg

from deploy.chaos import strikes, truth
from deploy.chaos.arena import Arena
from deploy.chaos.campaign_verdict import Told, judge
from deploy.chaos.outcome import Outcome, counted
from deploy.chaos.regimes import Regime
from deploy.chaos.run import Plan, drained, leaked
from deploy.chaos.strikes import Strike
from deploy.stand.tenants import WABA

NAME = "campaign"
RECIPIENTS, TIER = 100_000, 1000
FIRST = 393_500_000_000
KILLS: Mapping[str, strikes.Fault] = {
    "scheduler": strikes.kill_service("scheduler"),
    "worker": strikes.kill_service("worker"),
    "broker": strikes.kill_broker,
    "ingress": strikes.kill_service("ingress"),
    "postgres": strikes.kill_postgres,
}
POLL, PATIENCE = 0.5, 900.0
REGIME = Regime(NAME, strikes.nothing, "sent", first=len(KILLS) + 1, every=50)
_STATUSES = """
select recipient.recipient, coalesce(queue.state, log.status, recipient.status), log.id
from colomba.campaign_recipients recipient
left join colomba.message_log log on log.campaign_id = recipient.campaign_id and log.recipient = recipient.recipient
left join colomba.send_queue queue on queue.message_id = log.id
"""


@dataclass(frozen=True, slots=True)
class Door:
    """The API as the owner of the campaign uses it; what breaks is asked again under the same key."""

    session: aiohttp.ClientSession
    url: str

    async def post(self, path: str, body: object, key: str) -> Any:
        """Ask until it is answered; raises RuntimeError for a refusal."""
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE:
            try:
                async with self.session.post(self.url + path, json=body, headers={"Idempotency-Key": key}) as response:
                    if response.status < 300:
                        return await response.json()
                    if response.status < 500:
                        raise RuntimeError(f"POST {path}: {response.status} {await response.text()}")
            except (aiohttp.ClientError, OSError):
                pass
            await asyncio.sleep(POLL)
        raise RuntimeError(f"POST {path} was not answered within {PATIENCE:g} s")


async def run(arena: Arena, plan: Plan) -> Outcome:
    """Make the campaign, kill each process at its part of the way, settle the doubts, judge."""
    began = time.monotonic()
    arena.random = random.Random(f"{plan.seed}:{NAME}")
    more = {"--waba-id": WABA, "--default-throughput": str(TIER)}
    await arena.prepare(f"chaos_{plan.run}", proxied=False, numbers=1, throughput=TIER, customers=0, simulator=more)
    headers = {"Authorization": f"Bearer {arena.stand.tenant.api_key}"}
    limit = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(headers=headers, timeout=limit) as session:
        door = Door(session, f"http://127.0.0.1:{arena.stand.ports['api']}/api/v1")
        struck = await _made_while_the_api_dies(arena, door, plan)
        for number, (name, kill) in enumerate(KILLS.items(), 1):
            await _seen(arena, plan.recipients * number // (len(KILLS) + 1))
            struck.append(await kill(arena))
            arena.say(f"{NAME}: {name} killed with {await _count(arena):,} of {plan.recipients:,} sent")
        findings = await _settled(arena, plan.recipients)
        held = await _resend_what_meta_never_saw(arena, door)
        findings += await _settled(arena, plan.recipients) + arena.dead_services()
    return await _judged(arena, plan, struck, findings=findings, held=held, began=began)


async def _made_while_the_api_dies(arena: Arena, door: Door, plan: Plan) -> list[Strike]:
    """The api is killed while it takes the campaign; the same request again makes no second one."""
    await door.post("/templates/sync", {}, f"{plan.run}-sync")
    body = {
        "name": "Everybody",
        "template": "hello_world",
        "recipients": [f"+{FIRST + index}" for index in range(plan.recipients)],
    }
    making = asyncio.create_task(door.post("/campaigns", body, f"{plan.run}-campaign"))
    await asyncio.sleep(arena.random.random() * plan.recipients / 50_000)
    strike = await strikes.kill_service("api")(arena)
    made = await making
    arena.say(f"{NAME}: api killed while it took {made['total']:,} recipients; asked again, it has one campaign")
    return [strike]


async def _count(arena: Arena) -> int:
    return int((await asyncio.to_thread(arena.ask, "summary"))["messages"])


async def _seen(arena: Arena, count: int) -> None:
    """Wait until Meta has seen so many."""
    began = time.monotonic()
    while (seen := await _count(arena)) < count:
        if time.monotonic() - began > PATIENCE:
            raise RuntimeError(f"only {seen} of {count} messages after {PATIENCE:g} s")
        await asyncio.sleep(POLL)


async def _settled(arena: Arena, count: int) -> list[str]:
    """Wait until everybody was fed and nothing moves any more."""
    began, fed = time.monotonic(), 0
    while fed < count and time.monotonic() - began < PATIENCE:
        fed = await asyncio.to_thread(_fed, arena.stand.dsn)
        await asyncio.sleep(POLL)
    return await drained(arena, PATIENCE)


def _fed(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("select coalesce(sum(fed), 0) from colomba.campaigns").fetchone()
    return int(row[0]) if row else 0


async def _resend_what_meta_never_saw(arena: Arena, door: Door) -> int:
    """The operator's part: what is in doubt and not in the ledger is sent again by its own door."""
    told = await asyncio.to_thread(_told, arena)
    doubtful = [one for one in told if one.status == "unknown" and not one.processed]
    for one in doubtful:
        await door.post(f"/messages/{one.message_id}/resend", {}, f"again-{one.message_id}")
    arena.say(f"{NAME}: {len(doubtful)} in doubt that Meta never saw, sent again by the operator")
    return len(doubtful)


def _told(arena: Arena) -> list[Told]:
    seen = Counter(message["to"] for message in truth.pages(arena))
    with psycopg.connect(arena.stand.dsn) as connection:
        rows = connection.execute(_STATUSES).fetchall()
    asked = {recipient: (status, message_id) for recipient, status, message_id in rows}
    return [Told(to, *asked.get(to, (None, None)), processed=seen[to]) for to in asked.keys() | seen.keys()]


async def _judged(
    arena: Arena, plan: Plan, struck: list[Strike], *, findings: list[str], held: int, began: float
) -> Outcome:
    told = await asyncio.to_thread(_told, arena)
    verdict = judge(told, plan.recipients)
    verdict.held, verdict.resent = held, held
    leaks = leaked(arena)
    return Outcome(
        regime=NAME,
        seed=plan.seed,
        faults=len(struck),
        commands=plan.recipients,
        webhooks=0,
        recovery_s=None,
        leaks=len(leaks),
        seconds=round(time.monotonic() - began, 1),
        processed=sum(one.processed for one in told),
        is_clean=verdict.is_clean and not findings and not leaks,
        findings=(findings + verdict.findings + [f"log: {leak}" for leak in leaks])[:20],
        **counted(verdict),
    )
