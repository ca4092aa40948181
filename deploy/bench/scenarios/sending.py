"""Commands from the queue to request bytes at a 50 ms Meta: unpaced, on an idle system, over many numbers."""

import asyncio
import statistics

import orjson

from deploy.bench.figures import Result, Rounds, milliseconds, per_thousand, percentile
from deploy.bench.meter import Reading, metered
from deploy.bench.rig import Drain, LoadFailed, Report, Rig, watch
from deploy.stand.processes import Process

CEILING_CONCURRENCY = 512
REGISTERED, BUSY = 500, 50
TOP_TIER = 1_000
# The ring of the last second makes the mean lateness of a first byte, half a millisecond here, a loss of rate.
NEARLY = 0.999
OFFERED_SHARE = 1.05
LEAD_IN = 2
FIRST_AT_ONCE, FIRST_WARM = 1_000_001, 2_000_001
# This part of a round goes before the first one: of tables that are empty the database expects that they stay so.
WARM_UP = 3
# Of this machine's cores the clock halves and doubles within a minute: many short rounds in turns.
UNPACED_ROUNDS = 3
# Single commands go one by one, so many rounds in turns, after so many that warm up, on average so many seconds apart.
IDLE_ROUNDS = 4
WARM = 20
IDLE_PAUSE = 0.1
# Seconds after which a single command counts as lost.
LATEST = 30.0
_OPEN = "select count(*) from colomba.send_queue"
_SENT = "select count(*) from colomba.message_log where direction = 'outbound' and status = 'sent'"


async def unpaced(rig: Rig) -> Result:
    """One number, one worker, tier set to 100,000/s, distinct recipients, every guard and write on."""
    await rig.renew()
    await rig.graph()
    worker = await rig.worker()
    amount = rig.options.pick(10_000, 3_000)
    ours, ceilings = [], []
    await sent(rig, [worker], amount // WARM_UP, first=1 + 100 * amount)
    for number in range(UNPACED_ROUNDS * rig.options.repeats()):
        rig.say(f"round {number + 1}: the worker, then the bare client")
        ours.append(await sent(rig, [worker], amount, first=1 + number * amount))
        ceilings.append(await bare_client(rig, amount))
    rounds = Rounds([overall_rate(report) for report, _ in ours], ceilings)
    report, reading = ours[-1]
    steady, at_once, busiest = await _at_the_top_tier(rig)
    return Result(
        "send_unpaced",
        rounds.value,
        "sends/s",
        rounds.bound,
        rounds.ratio,
        goal="ratio >= 0.5 and >= 1000/s, 1000/s at tier 1,000",
        held=rounds.ratio >= 0.5 and rounds.value >= 1000 and steady >= TOP_TIER * NEARLY,
        cpu_s_per_1000=per_thousand(reading.cpu, amount),
        peak_memory_mib=reading.memory_mib(),
        notes=f"templates to distinct new recipients, from the queue; Meta answers after 50 ms and judges "
        f"nothing; {rounds.spread()}; at tier 1,000: {steady:,.1f}/s with 1,050 commands/s coming in, at most "
        f"{busiest:,} in any second, {at_once:,.1f}/s with all of them there at once",
        details={
            "steady_rate": report["steady_rate"],
            "at_tier_1000": {"rate": steady, "busiest_second": busiest, "rate_all_at_once": at_once},
        },
    )


async def _at_the_top_tier(rig: Rig) -> tuple[float, float, int]:
    """What one number of Meta's top tier keeps up: commands come a little faster than they may go, or all at once.

    The second figure leaves out the first and the last tenth; the third is the most messages in any sliding second of
    the first stretch.
    """
    rig.say("the same at tier 1,000")
    await rig.renew(throughput=TOP_TIER)
    await rig.graph()
    worker = await rig.worker()
    # Longer than a plan lives: the first ones are of tables that were empty.
    await sent(rig, [worker], rig.options.pick(8_000, 500), first=FIRST_WARM)
    steady = await _steady(rig, rig.options.lasting(30, 4))
    busiest = rig.ask_graph("busiest")["second"]
    await settled(rig)
    report, _ = await sent(rig, [worker], rig.options.pick(20_000, 3_000), first=FIRST_AT_ONCE)
    return round(steady, 1), round(float(report["steady_rate"]), 1), busiest


async def _steady(rig: Rig, seconds: float) -> float:
    """Messages per second while commands come at slightly more than the tier; the first two seconds do not count."""
    rig.ask_graph("reset", post=True)
    offered = int(TOP_TIER * OFFERED_SHARE)
    offering = asyncio.create_task(
        rig.fill("commands", int(offered * (seconds + LEAD_IN + 1)), rate=offered, lane="bulk")
    )
    await arrived(rig, TOP_TIER * LEAD_IN, 60)
    rig.ask_graph("reset", post=True)
    await asyncio.sleep(seconds)
    report = rig.ask_graph()
    await offering
    if report["last"] - report["first"] < seconds - 1:
        raise LoadFailed(f"messages went out for {report['last'] - report['first']:.1f} of {seconds:g} s")
    return float(report["whole_seconds_rate"])


async def sent(rig: Rig, workers: list[Process], amount: int, first: int) -> tuple[Report, Reading]:
    """Queue so many commands while the workers are frozen, let them go, and wait until every outcome is recorded."""
    for worker in workers:
        worker.freeze()
    try:
        await rig.fill("commands", amount, first=first)
    finally:
        for worker in workers:
            worker.thaw()
    rig.ask_graph("reset", post=True)
    async with metered(rig.groups(rig.stand.processes["graph"])) as reading:
        await arrived(rig, amount)
        await settled(rig)
    report = rig.ask_graph()
    if report["count"] != amount:
        raise LoadFailed(f"Meta saw {report['count']} messages of {amount} commands")
    return report, reading


async def arrived(rig: Rig, amount: int, patience: float = 180) -> Drain:
    """Wait until Meta saw so many."""

    async def seen() -> int:
        report = await asyncio.to_thread(rig.ask_graph)
        return int(report["count"])

    return await watch(seen, amount, patience)


async def settled(rig: Rig) -> None:
    """Wait until nothing waits for its outcome."""
    async with rig.database() as database:

        async def closed() -> int:
            return int(not await database.fetchval(_OPEN))

        await watch(closed, 1, 60)


def overall_rate(report: Report) -> float:
    """Messages per second between the first and the last arrival."""
    return float((report["count"] - 1) / max(report["last"] - report["first"], 1e-9))


async def bare_client(rig: Rig, amount: int) -> float:
    """The rate of the bare client against the same Meta."""
    report = await rig.python(
        "deploy.bench.ceilings.client",
        f"http://127.0.0.1:{rig.graph_port}",
        rig.stand.tenant.numbers[0],
        str(amount),
        str(CEILING_CONCURRENCY),
    )
    return float(report["rate"])


async def idle_latency(rig: Rig) -> Result:
    """A command on an idle system: from before its publish to its request's bytes at Meta."""
    await rig.renew()
    await rig.graph(keep=True)
    await rig.worker()
    amount, rounds = rig.options.pick(100, 20), rig.options.pick(IDLE_ROUNDS, 1)
    await singles(rig, WARM, first=0)
    ours, bare, echoes, readings = [], [], [], []
    for number in range(rounds):
        rig.say(f"round {number + 1}: {amount} commands one at a time, then the bare program, then an echo")
        async with metered(rig.groups(rig.stand.processes["graph"])) as reading:
            ours += await singles(rig, amount, first=WARM + number * amount)
        readings.append(reading)
        bare += await bare_singles(rig, amount)
        echo = await rig.python("deploy.bench.ceilings.echo", rig.stand.broker.url, str(amount), str(IDLE_PAUSE))
        echoes.append(echo["p50_ms"])
    p50, p99 = milliseconds(percentile(ours, 0.5)), milliseconds(percentile(ours, 0.99))
    least, bound = milliseconds(percentile(bare, 0.5)), statistics.median(echoes)
    return Result(
        "idle_latency",
        p50,
        "ms",
        bound,
        bound / p50,
        p50,
        p99,
        goal="p50 <= 5 ms, p99 <= 25 ms",
        held=p50 <= 5 and p99 <= 25,
        cpu_s_per_1000=per_thousand(readings[-1].cpu, amount),
        peak_memory_mib=readings[-1].memory_mib(),
        notes=f"command published to request bytes at Meta; ceiling: publish to consume echo; a bare program that "
        f"consumes, commits one row and posts: p50 {least} ms, p99 {milliseconds(percentile(bare, 0.99))} ms",
        details={"bare_program_p50_ms": least},
    )


async def singles(rig: Rig, count: int, first: int, pause: float = IDLE_PAUSE) -> list[float]:
    """Priority commands one by one: the seconds from before each publish to its request's bytes at Meta."""
    report = await rig.load(
        "singles",
        url=rig.stand.broker.url,
        run=rig.run_name(),
        number=rig.stand.tenant.numbers[0],
        count=count,
        first=first,
        pause=pause,
    )
    return await _seconds_to_meta(rig, report["published"])


async def bare_singles(rig: Rig, count: int) -> list[float]:
    """As `singles`, with the bare program between the queue and Meta."""
    orders = {
        "url": rig.stand.broker.url,
        "dsn": rig.stand.dsn,
        "base": f"http://127.0.0.1:{rig.graph_port}",
        "run": rig.run_name(),
        "number": rig.stand.tenant.numbers[0],
        "count": count,
        "pause": IDLE_PAUSE,
    }
    report = await rig.python("deploy.bench.ceilings.intent", orjson.dumps(orders).decode())
    return await _seconds_to_meta(rig, report["published"])


async def _seconds_to_meta(rig: Rig, published: Report) -> list[float]:
    """Wait until Meta saw them all."""
    arrivals: Report = {}

    async def seen() -> int:
        arrivals.update(await asyncio.to_thread(rig.ask_graph, "arrivals"))
        return len(published.keys() & arrivals.keys())

    await watch(seen, len(published), LATEST)
    return [arrivals[key] - at for key, at in published.items()]


async def many_numbers(rig: Rig) -> Result:
    """50 busy numbers of 500 registered, two workers, against one number and one worker in the same run."""
    amount = rig.options.pick(15_000, 3_000)
    single = []
    await rig.renew()
    await rig.graph()
    worker = await rig.worker()
    await sent(rig, [worker], amount // WARM_UP, first=1 + 100 * amount)
    for number in range(rig.options.repeats()):
        rig.say(f"one number, round {number + 1}")
        report, _ = await sent(rig, [worker], amount, first=1 + number * amount)
        single.append(overall_rate(report))
    await rig.renew(numbers=REGISTERED)
    await rig.graph()
    workers = [await rig.worker("worker"), await rig.worker("worker-2")]
    await asyncio.sleep(5)  # both replicas take their share of the leases first
    many = []
    await _sent_over(rig, workers, amount // WARM_UP, first=1 + 100 * amount)
    for number in range(rig.options.repeats()):
        rig.say(f"{BUSY} numbers, round {number + 1}")
        many.append(await _sent_over(rig, workers, amount, first=1 + number * amount))
    value, ceiling = statistics.median(overall_rate(report) for report, _ in many), statistics.median(single)
    unfair, reading = statistics.median(_unfairness(report) for report, _ in many), many[-1][1]
    return Result(
        "many_numbers",
        value,
        "sends/s",
        ceiling,
        value / ceiling,
        goal="ratio >= 0.9, fair share +/- 10 %",
        held=value / ceiling >= 0.9 and unfair <= 0.1,
        cpu_s_per_1000=per_thousand(reading.cpu, amount),
        peak_memory_mib=reading.memory_mib(),
        notes=f"{REGISTERED} registered, {BUSY} busy, 2 workers; ceiling: one number, one worker; "
        f"largest departure from the fair share half-way {unfair:.0%}",
    )


async def _sent_over(rig: Rig, workers: list[Process], amount: int, first: int) -> tuple[Report, Reading]:
    """As `sent`, over the busy numbers; the shares are read when half has arrived, for at the end all are equal."""
    busy = rig.stand.tenant.numbers[:: REGISTERED // BUSY]
    for worker in workers:
        worker.freeze()
    try:
        await rig.fill("commands", amount, first=first, numbers=busy)
    finally:
        for worker in workers:
            worker.thaw()
    rig.ask_graph("reset", post=True)
    async with metered(rig.groups(rig.stand.processes["graph"])) as reading:
        await arrived(rig, amount // 2)
        half_way = rig.ask_graph()["numbers"]
        await arrived(rig, amount)
        await settled(rig)
    report = rig.ask_graph()
    return report | {"half_way": half_way}, reading


def _unfairness(report: Report) -> float:
    """The largest departure of a number from the mean of the busy numbers, as a share of the mean."""
    counts: list[int] = list(report["half_way"].values())
    mean = sum(counts) / BUSY
    return max(abs(count - mean) for count in [*counts, *([0] * (BUSY - len(counts)))]) / mean
