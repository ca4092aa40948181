"""One-time passwords behind a campaign: how long do a few wait while very many wait before them on the same number?"""

import asyncio

from deploy.bench.figures import Result, milliseconds, per_thousand, percentile
from deploy.bench.meter import metered
from deploy.bench.rig import LoadFailed, Rig, watch
from deploy.bench.scenarios.sending import singles
from shared.messaging.topology import SEND_BULK

TIER = 80
PAUSE = 0.5
GOAL_MS = 250
_WAITING = "select count(*) from colomba.send_queue where lane = 'bulk'"


async def passwords(rig: Rig) -> Result:
    """Tier 80; the campaign stands in rows and is being sent when the passwords come, at random moments."""
    await rig.renew(throughput=TIER)
    await rig.graph(keep=True)
    await rig.worker()
    campaign, amount = rig.options.pick(100_000, 2_000), rig.options.pick(100, 10)
    rig.say(f"{campaign:,} bulk commands on one number of {TIER}/s")
    await rig.fill("commands", campaign)
    await _accepted(rig)
    before = rig.ask_graph()["count"]
    rig.say(f"{amount} one-time passwords to other people")
    async with metered(rig.groups(rig.stand.processes["graph"])) as reading:
        seconds = await singles(rig, amount, first=0, pause=PAUSE)
    sent = rig.ask_graph()["count"] - before
    waiting = await _waiting(rig)
    if not waiting:
        raise LoadFailed("the campaign had ended before the last password")
    p50, p99 = milliseconds(percentile(seconds, 0.5)), milliseconds(percentile(seconds, 0.99))
    return Result(
        "passwords",
        p99,
        "ms",
        p50_ms=p50,
        p99_ms=p99,
        goal=f"p99 <= {GOAL_MS} ms, none lost",
        held=p99 <= GOAL_MS,
        cpu_s_per_1000=per_thousand(reading.cpu, sent),
        peak_memory_mib=reading.memory_mib(),
        notes=f"{amount} priority commands, publish to request bytes at Meta, behind {campaign:,} bulk commands on one "
        f"number of {TIER}/s, of which {waiting:,} still waited at the end; slowest {milliseconds(max(seconds))} ms",
    )


async def _accepted(rig: Rig) -> None:
    """Wait until the campaign stands in rows."""

    async def empty() -> int:
        return int(await rig.depth(SEND_BULK) == 0)

    await watch(empty, 1, 120)
    await asyncio.sleep(1)


async def _waiting(rig: Rig) -> int:
    async with rig.database() as database:
        return int(await database.fetchval(_WAITING))
