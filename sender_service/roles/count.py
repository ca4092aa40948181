"""Counting messages by hour ahead of the question, so that statistics over months read counts and not messages."""

from dataclasses import dataclass

from sender_service.store import statistics
from sender_service.store.database import Pool

BATCH = 20


@dataclass(frozen=True, slots=True)
class Counting:
    """Two jobs of the scheduler; each hour is a transaction of its own, and counting one twice changes nothing."""

    pool: Pool

    async def count_new(self) -> int:
        """Hours that are over and were not counted yet."""
        hours = await statistics.uncounted(self.pool, BATCH)
        for organization_id, hour in hours:
            await statistics.count_hour(self.pool, organization_id, hour)
        return len(hours)

    async def count_again(self) -> int:
        """Hours that late statuses may have changed."""
        hours = await statistics.aged(self.pool, BATCH)
        for organization_id, hour in hours:
            await statistics.count_hour(self.pool, organization_id, hour)
        return len(hours)
