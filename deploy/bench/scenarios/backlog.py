"""A million commands and a million webhooks wait: does the worker stay small and drain as fast as without?"""

import asyncio
import time

from deploy.bench.figures import Result
from deploy.bench.meter import Reading, metered
from deploy.bench.rig import Report, Rig, watch
from deploy.bench.scenarios.committed import count_inbound
from deploy.stand import usage
from deploy.stand.processes import Process

MILLION = 1_000_000
LIMIT_MIB = 200
POLL = 0.2


async def backlog(rig: Rig) -> Result:
    """Both backlogs at once; the rate is that of webhooks committed plus messages sent over the same stretch."""
    amount = rig.options.rows or rig.options.pick(MILLION, 10_000)
    seconds = rig.options.lasting(60, 4)
    await rig.renew()
    await rig.graph()
    small = int(rig.options.pick(30_000, 5_000))
    rig.say(f"without backlog: {small:,} of each")
    reference, _, _ = await _drain(rig, small, seconds)
    await rig.renew()
    await rig.graph()
    rig.say(f"putting {amount:,} webhooks and {amount:,} commands on the bus")
    value, peak, _ = await _drain(rig, amount, seconds)
    ratio = value / reference
    return Result(
        "backlog",
        value,
        "messages/s",
        reference,
        ratio,
        goal="worker memory <= 200 MiB, drain rate as without backlog",
        held=(peak <= LIMIT_MIB and ratio >= 0.9) if amount >= MILLION else None,
        peak_memory_mib={"worker": round(peak, 1)},
        notes=f"{amount:,} webhooks and {amount:,} commands waiting, drained for {seconds:g} s; "
        f"ceiling: the same with {small:,} of each; worker peak {peak:.0f} MiB",
    )


async def _drain(rig: Rig, amount: int, seconds: float) -> tuple[float, float, Reading]:
    """Rate of webhooks committed and messages sent, and the worker's peak memory in MiB."""
    await asyncio.gather(rig.fill("inbound", amount), rig.fill("commands", amount))
    async with metered(rig.groups(rig.stand.processes["graph"])) as reading:
        worker = await rig.worker()
        await _progress_begins(rig)
        rate = await _rate(rig, seconds, 2 * amount)
    return rate, _peak(worker), reading


async def _progress_begins(rig: Rig) -> None:
    async def done() -> int:
        return await _done(rig)

    await watch(done, 200, 120)


async def _rate(rig: Rig, seconds: float, most: int) -> float:
    """Over so many seconds, or until nine tenths are done."""
    began, before = time.perf_counter(), await _done(rig)
    now = before
    while now < 0.9 * most and time.perf_counter() - began < seconds:
        await asyncio.sleep(POLL)
        now = await _done(rig)
    return (now - before) / (time.perf_counter() - began)


async def _done(rig: Rig) -> int:
    report: Report = await asyncio.to_thread(rig.ask_graph)
    async with rig.database() as database:
        return int(report["count"]) + await count_inbound(database)


def _peak(worker: Process) -> float:
    return usage.peak_resident(worker.pid) / usage.MEBIBYTE
