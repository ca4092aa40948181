"""The ingress alone: every webhook verified and confirmed by a quorum queue before its 200."""

import statistics

from deploy.bench.ceilings.ingress import QUEUE
from deploy.bench.figures import Result, Rounds, per_thousand
from deploy.bench.meter import Reading, metered
from deploy.bench.rig import LoadFailed, Report, Rig, post_orders
from deploy.stand.processes import Process

CONNECTIONS = 64
# Three statuses and 0.1 inbound for each of 1,000 sends a second: what Meta's top tier posts at one update per webhook.
OFFERED_RATE = 3300
OFFERED_CONNECTIONS = 256


async def confirmed(rig: Rig) -> Result:
    """64 connections, each with one webhook of 1 KiB under way; the ceiling takes turns."""
    await rig.renew()
    ours, bare = rig.stand.ingress(), await _bare(rig)
    await rig.stand.start(ours)
    measured: list[tuple[Report, Reading]] = []
    ceilings: list[float] = []
    for number in range(rig.options.repeats()):
        rig.say(f"round {number + 1}: the ingress, then the bare server")
        async with metered(rig.groups(bare)) as reading:
            report = await _closed(rig, ours.name)
        measured.append((report, reading))
        await rig.purge()
        ceilings.append((await _closed(rig, bare.name))["rate"])
        await rig.make_queue(QUEUE)
    rounds = Rounds([report["rate"] for report, _ in measured], ceilings)
    last, used = measured[-1]
    return Result(
        "ingress_confirmed",
        rounds.value,
        "webhooks/s",
        rounds.bound,
        rounds.ratio,
        statistics.median(report["p50_ms"] for report, _ in measured),
        statistics.median(report["p99_ms"] for report, _ in measured),
        goal="ratio >= 0.85",
        held=rounds.ratio >= 0.85,
        cpu_s_per_1000=per_thousand({**used.cpu, "load": last["cpu"]}, last["statuses"]["200"]),
        peak_memory_mib=used.memory_mib(),
        notes=f"64 connections, 1 KiB signed; ceiling: aiohttp + aio-pika without checks; {rounds.spread()}",
    )


async def _bare(rig: Rig) -> Process:
    bare = rig.stand.service("bare-ingress", ["deploy.bench.ceilings.ingress"])
    bare.arguments = [*bare.arguments, rig.stand.broker.url, str(rig.stand.ports[bare.name])]
    await rig.stand.start(bare)
    return bare


async def _closed(rig: Rig, name: str) -> Report:
    orders = post_orders(rig.stand.ports[name], rig.stand.tenant.numbers[0], mode="closed", connections=CONNECTIONS)
    report = await rig.load("posts", **orders, seconds=rig.options.lasting(10, 2))
    if set(report["statuses"]) != {"200"}:
        raise LoadFailed(f"{name} answered {report['statuses']}")
    return report


async def offered(rig: Rig) -> Result:
    """3,300 webhooks/s whether answered or not; latency counts from when each was due."""
    await rig.renew()
    ours = rig.stand.ingress()
    await rig.stand.start(ours)
    seconds = rig.options.lasting(60, 4)
    rig.say(f"{OFFERED_RATE} webhooks/s for {seconds:g} s")
    orders = post_orders(rig.stand.ports[ours.name], rig.stand.tenant.numbers[0], mode="offered", rate=OFFERED_RATE)
    async with metered(rig.groups()) as reading:
        report = await rig.load("posts", **orders, connections=OFFERED_CONNECTIONS, seconds=seconds)
    await rig.purge()
    answered = report["statuses"].get("200", 0)
    refused = sum(report["statuses"].values()) - answered + report["broken"]
    return Result(
        "ingress_offered",
        report["rate"],
        "webhooks/s",
        OFFERED_RATE,
        report["rate"] / OFFERED_RATE,
        report["p50_ms"],
        report["p99_ms"],
        goal="median <= 20 ms, p99 <= 250 ms, none refused",
        held=report["p50_ms"] <= 20 and report["p99_ms"] <= 250 and not refused,
        cpu_s_per_1000=per_thousand({**reading.cpu, "load": report["cpu"]}, answered),
        peak_memory_mib=reading.memory_mib(),
        notes=f"offered evenly for {seconds:g} s; ingress and broker only, no worker; {refused} refused",
        details={"max_ms": report["max_ms"], "share_over_1s": report["over_1s"]},
    )
