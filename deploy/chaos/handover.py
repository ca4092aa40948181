"""Two worker replicas share three numbers; every few seconds one of them is killed, and once the broker is restarted.

Judged beyond what every regime is: no number ever faster than its tier, neither at our first bytes nor at Meta, whoever
owned it, and no recipient written to faster than Meta's pair limit.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Iterable

import orjson
import psycopg

from deploy.chaos import strikes, truth
from deploy.chaos.arena import Arena
from deploy.chaos.outcome import Outcome, counted, recoveries
from deploy.chaos.rates import by_number, left_within, too_fast, worst_second
from deploy.chaos.regimes import Regime
from deploy.chaos.run import Plan, drained, leaked
from deploy.chaos.strikes import Strike
from deploy.chaos.verdict import judge

NAME = "handover"
SERVICES = ("ingress", "worker", "worker-2", "scheduler")
WORKERS = ("worker", "worker-2")
COMMANDS_PER_RECIPIENT_OF_A_CAMPAIGN = 5
NUMBERS, TIER, CUSTOMERS = 3, 80, 500
# What the network may add to the rate of our first bytes.
LEDGER_SHARE = 1.02
RATE = 300.0
PAUSE = (1.0, 4.0)
POLL, PATIENCE = 0.5, 900.0
REGIME = Regime(NAME, strikes.nothing, "sent", first=40, services=SERVICES)
_FIRST_BYTES = """
select log.phone_number_id, extract(epoch from attempt.started_at)::float8, attempt.wamid
from colomba.message_attempts attempt
join colomba.message_log log on log.organization_id = attempt.organization_id and log.id = attempt.message_id
where attempt.outcome <> 'not_sent'
"""
_OVER_PAIR_LIMIT = "select count(*) from colomba.message_attempts where error_code = 131056"
_OPEN = "select count(*) from colomba.send_queue"
Sent = list[tuple[str, float]]


async def run(arena: Arena, plan: Plan) -> Outcome:
    """Publish the commands, kill one worker after the other until all were sent, let it rest, judge."""
    began, run_name = time.monotonic(), plan.run
    commands = plan.recipients // COMMANDS_PER_RECIPIENT_OF_A_CAMPAIGN
    arena.random = random.Random(f"{plan.seed}:{NAME}")
    await arena.prepare(
        f"chaos_{run_name}",
        proxied=False,
        services=SERVICES,
        simulator={"--default-throughput": str(TIER)},
        numbers=NUMBERS,
        throughput=TIER,
        customers=CUSTOMERS,
    )
    await asyncio.to_thread(arena.ask, "options", {"enforce_pair": True})
    _start_commander(arena, run_name, commands, plan.seed)
    struck = await _strike_until_sent(arena, commands)
    await arena.load["commander"].ended(PATIENCE)
    findings = await drained(arena, PATIENCE) + arena.dead_services()
    return await asyncio.to_thread(_judged, arena, plan, run_name, struck=struck, findings=findings, began=began)


def _start_commander(arena: Arena, run_name: str, commands: int, seed: int) -> None:
    tenant = arena.stand.tenant
    orders = {
        "url": arena.stand.broker.url,
        "rate": RATE,
        "most": commands,
        "seed": seed,
        "run": run_name,
        "numbers": tenant.numbers,
        "customers": tenant.customers,
        "journal": arena.journal(run_name, "commanded"),
    }
    process = arena.stand.service("commander", ["deploy.chaos.commander", orjson.dumps(orders).decode()])
    arena.load["commander"] = process
    process.start()


async def _strike_until_sent(arena: Arena, commands: int) -> list[Strike]:
    """Kill one of the two every few seconds; the broker is restarted when half of the messages were seen."""
    struck: list[Strike] = []
    broker = False
    began = time.monotonic()
    while (seen := await _seen(arena)) < commands and (seen < commands * 0.9 or await _is_open(arena)):
        if time.monotonic() - began > PATIENCE:
            raise RuntimeError(f"only {seen} of {commands} messages after {PATIENCE:g} s")
        if seen >= commands / 2 and not broker:
            struck.append(await strikes.restart_broker(arena))
            broker = True
            arena.say(f"{NAME}: broker restarted with {seen:,} of {commands:,} sent")
        await asyncio.sleep(arena.random.uniform(*PAUSE))
        victim = arena.random.choice(WORKERS)
        struck.append(await strikes.kill_service(victim)(arena))
        if len(struck) % 10 == 0:
            arena.say(f"{NAME}: {len(struck)} strikes, {seen:,} of {commands:,} sent")
    return struck


async def _seen(arena: Arena) -> int:
    return int((await asyncio.to_thread(arena.ask, "summary"))["messages"])


async def _is_open(arena: Arena) -> bool:
    return bool(await asyncio.to_thread(_count, arena, _OPEN))


def _count(arena: Arena, question: str) -> int:
    with psycopg.connect(arena.stand.dsn) as connection:
        row = connection.execute(question).fetchone()
    return int(row[0]) if row else 0


def _rates(arena: Arena) -> tuple[list[str], str]:
    """What was too fast, and a sentence with the worst seconds."""
    with psycopg.connect(arena.stand.dsn) as connection:
        attempts = connection.execute(_FIRST_BYTES).fetchall()
    first_bytes = [(str(number), float(at)) for number, at, _ in attempts]
    left = {wamid: float(at) for _, at, wamid in attempts}
    entries = [(one["phone_number_id"], float(one["monotonic"]), left.get(one["wamid"])) for one in truth.pages(arena)]
    ledger = [(number, at) for number, at, _ in entries]
    findings = too_fast(first_bytes, TIER + 1, "at our first byte")
    findings += too_fast(ledger, int((TIER + 1) * LEDGER_SHARE), "in the ledger")
    arrivals = by_number((number, (at, left_at)) for number, at, left_at in entries)
    took = max(map(left_within, arrivals.values()), default=0.0)
    worst = f"{_worst(first_bytes)} first bytes, {_worst(ledger)} in the ledger"
    return findings, f"worst second of a number: {worst}; such a second's messages had left within {took:.3f} s"


def _worst(sent: Iterable[tuple[str, float]]) -> int:
    return max(map(worst_second, by_number(sent).values()), default=0)


def _judged(
    arena: Arena, plan: Plan, run_name: str, *, struck: list[Strike], findings: list[str], began: float
) -> Outcome:
    collected = truth.collect(arena, run_name)
    verdict = judge(collected.truth)
    for stranger in collected.strangers:
        verdict.note("duplicated", stranger)
    fast, worst = _rates(arena)
    arena.say(f"{NAME}: {worst}")
    if over := _count(arena, _OVER_PAIR_LIMIT):
        fast.append(f"{over} calls were above the pair limit")
    took = recoveries((strike.struck_at for strike in struck), collected.series["sent"])
    leaks = leaked(arena)
    return Outcome(
        regime=NAME,
        seed=plan.seed,
        faults=len(struck),
        commands=collected.commands,
        webhooks=collected.webhooks,
        recovery_s=round(max(took), 2) if took else None,
        recovery_median_s=round(statistics.median(took), 2) if took else None,
        leaks=len(leaks),
        seconds=round(time.monotonic() - began, 1),
        processed=len(collected.truth.ledger),
        is_clean=verdict.is_clean and not findings and not leaks and not fast,
        findings=(findings + fast + verdict.findings + [f"log: {leak}" for leak in leaks])[:20],
        **counted(verdict),
    )
