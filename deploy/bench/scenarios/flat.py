"""A million statuses in a row: does the worker that records them stay as small as it was?"""

import asyncio
import time

from deploy.bench.figures import Result
from deploy.bench.rig import PATIENCE, LoadFailed, Rig
from deploy.bench.scenarios.committed import committed_since, newest, outbound
from deploy.stand import usage
from deploy.stand.processes import Process

MILLION = 1_000_000
PER_WEBHOOK = 20
POLL = 1.0
# Three statuses of a message in full webhooks.
WHOLE = 3 * PER_WEBHOOK
# An allocator keeps an arena more or less; what leaks grows with the statuses.
GROWTH = 1.2


async def flat(rig: Rig) -> Result:
    """Value: the worker's memory over the last tenth against that over the second."""
    amount = -(-(rig.options.rows or rig.options.pick(MILLION, 60_000)) // WHOLE) * WHOLE
    await rig.renew()
    worker = await rig.worker()
    sizes, seconds = await _recorded(rig, worker, amount)
    tenth = max(1, len(sizes) // 10)
    early, late = max(sizes[tenth : 2 * tenth] or sizes[:1]), max(sizes[-tenth:])
    return Result(
        "statuses_flat",
        late / early,
        "x memory",
        1.0,
        early / late,
        goal=f"<= {GROWTH} x over {MILLION:,} statuses",
        held=late / early <= GROWTH if amount >= MILLION else None,
        peak_memory_mib={"worker": round(max(sizes), 1)},
        notes=f"{amount:,} statuses in webhooks of {PER_WEBHOOK}, recorded in {seconds:.0f} s "
        f"({amount / seconds:,.0f}/s while they were published); worker {early:.0f} MiB in the second tenth, "
        f"{late:.0f} in the last",
        details={"mib": [round(size, 1) for size in sizes[:: max(1, len(sizes) // 20)]]},
    )


async def _recorded(rig: Rig, worker: Process, amount: int) -> tuple[list[float], float]:
    """The worker's memory in MiB each second until all are committed, and how long that took."""
    sizes: list[float] = []
    async with rig.database() as database:
        count = committed_since(rig, database, "statuses", await newest(rig, database))
        first = await outbound(rig, database, amount // 3)
        began = time.perf_counter()
        load = asyncio.create_task(rig.fill("statuses", amount, first=first, per_webhook=PER_WEBHOOK))
        while not load.done() or await count() < amount:
            if time.perf_counter() - began > PATIENCE:
                raise LoadFailed(f"only {await count()} of {amount} statuses")
            sizes.append(usage.residents([worker.pid]) / usage.MEBIBYTE)
            await asyncio.sleep(POLL)
        await load
    return sizes, time.perf_counter() - began
