"""Runs one regime: services up, load on, faults, load off, drain, judge."""

import asyncio
import random
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from deploy.chaos import calls, truth
from deploy.chaos.arena import Arena
from deploy.chaos.outcome import Outcome, counted, leaks, recoveries
from deploy.chaos.regimes import Regime
from deploy.chaos.strikes import Strike
from deploy.chaos.verdict import judge
from deploy.stand.meta_bodies import PRIVATE
from deploy.stand.processes import NotReady
from deploy.stand.stand import SECRET

RATE = 50
WARM_UP = 2
STILL_FOR = 2.0
DRAIN_PATIENCE = 120
ACKNOWLEDGE_PATIENCE = 180
SERVICE_LOGS = ("ingress", "worker", "worker-2", "scheduler", "api")
SHOWN_FINDINGS = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """One regime with its seed and faults; `recipients` is the size of a campaign, `minutes` the length of a soak."""

    regime: Regime
    seed: int
    faults: int
    rate: float = RATE
    recipients: int = 0
    minutes: float = 0.0

    @property
    def run(self) -> str:
        """The beginning of every key and message id of this regime."""
        return f"{self.regime.name.replace('_', '')}{self.seed}t{int(time.time())}"


async def run(arena: Arena, plan: Plan) -> Outcome:
    """Run one regime to its verdict; raises what makes it impossible to judge."""
    began, began_at, run_name, regime = time.monotonic(), datetime.now(UTC), plan.run, plan.regime
    arena.random, arena.minutes = random.Random(f"{plan.seed}:{regime.name}"), plan.minutes
    await arena.prepare(f"chaos_{run_name}", proxied=regime.proxied, clocked=regime.clocked, services=regime.services)
    arena.start_load(run_name, rate=plan.rate, seed=plan.seed, shares=dict(regime.shares), by_rest=regime.by_rest)
    await asyncio.sleep(WARM_UP)
    struck = await _strike(arena, plan)
    arena.heal()
    findings = await _come_to_rest(arena)
    findings += arena.dead_services() + arena.findings
    longest = max(calls.longest_in(arena.stand.folder / f"{name}.log", began_at) for name in ("worker", "worker-2"))
    if not regime.stops_time:
        findings += calls.overdue(longest)
    collected = await asyncio.to_thread(truth.collect, arena, run_name)
    verdict = judge(collected.truth)
    for stranger in collected.strangers:
        verdict.note("duplicated", stranger)
    took = recoveries((strike.back_at for strike in struck), collected.series[regime.series])
    leaked_ = leaked(arena)
    return Outcome(
        regime=regime.name,
        seed=plan.seed,
        faults=len(struck),
        commands=collected.commands,
        webhooks=collected.webhooks,
        recovery_s=round(max(took), 2) if took else None,
        recovery_median_s=round(statistics.median(took), 2) if took else None,
        recoveries=[round(seconds, 2) for seconds in took],
        recovery_goal_s=regime.goal_s,
        leaks=len(leaked_),
        seconds=round(time.monotonic() - began, 1),
        processed=len(collected.truth.ledger),
        levels=arena.levels,
        longest_call_s=longest,
        is_clean=verdict.is_clean and not leaked_ and not findings,
        findings=(findings + verdict.findings + [f"log: {leak}" for leak in leaked_])[:SHOWN_FINDINGS],
        **counted(verdict),
    )


async def _strike(arena: Arena, plan: Plan) -> list[Strike]:
    struck = []
    for number in range(plan.faults):
        least, most = plan.regime.pause
        await asyncio.sleep(least + arena.random.random() * (most - least))
        struck.append(await plan.regime.strike(arena))
        if (number + 1) % max(1, plan.faults // 5) == 0:
            arena.say(f"{plan.regime.name}: {number + 1} of {plan.faults} faults")
    await asyncio.sleep(max(plan.regime.pause))
    return struck


async def _come_to_rest(arena: Arena) -> list[str]:
    """Stop the load and wait until nothing moves; what never rests is a finding, and is judged as it stands."""
    try:
        await arena.stop_load(ACKNOWLEDGE_PATIENCE)
    except NotReady as never:
        for process in arena.load.values():
            await process.kill()
        return [f"never acknowledged: {never}", *await drained(arena)]
    return await drained(arena)


async def drained(arena: Arena, patience: float = DRAIN_PATIENCE) -> list[str]:
    """Wait until nothing moves; a finding when for so long nothing became less.

    Recipients of a number that was taken over get one message in six seconds: many of them take their time.
    """
    least, since, still_since = float("inf"), time.monotonic(), None
    left: dict[str, int] = {}
    while time.monotonic() - since < patience:
        left = await asyncio.to_thread(truth.moving, arena) | {"queued": await arena.queued()}
        if sum(left.values()) < least:
            least, since = sum(left.values()), time.monotonic()
        if any(left.values()):
            still_since = None
        elif still_since is None:
            still_since = time.monotonic()
        elif time.monotonic() - still_since > STILL_FOR:
            return []
        await asyncio.sleep(0.2)
    return [f"nothing became less for {patience:g} s: {left}"]


def leaked(arena: Arena) -> list[str]:
    """What no log may hold and one of ours does."""
    tenant = arena.stand.tenant
    secrets = [tenant.token, tenant.api_key, SECRET, arena.stand.encryption_key, PRIVATE]
    found: list[str] = []
    for name in SERVICE_LOGS:
        log = arena.stand.folder / f"{name}.log"
        if log.exists():
            with log.open(encoding="utf-8", errors="replace") as lines:
                found += [f"{name}: {kind}" for kind in leaks(lines, secrets)]
    return found
