"""Shows how much of their own caps the numbers have used."""

from sender_service.store import senders
from sender_service.store.database import Pool, acquired
from shared import metrics


async def measure_caps(pool: Pool) -> int:
    """Tell Prometheus; nothing is done, so nothing is counted."""
    async with acquired(pool) as conn:
        found = await senders.capped(conn)
    metrics.CAP_USED_RATIO.clear()
    for one in found:
        metrics.CAP_USED_RATIO.labels(one.id, one.window).set(one.used / one.cap)
    return 0
