"""The daily run: partitions ahead, and what is older than its time dropped, with a line saying what."""

from dataclasses import dataclass

import structlog

from sender_service.settings import Settings
from sender_service.store import retention
from sender_service.store.database import Pool, acquired, transaction

BATCH = 10_000
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Retention:
    """Each deed is a job of the scheduler; doing one twice does no more than doing it once."""

    pool: Pool
    settings: Settings

    async def make_partitions(self) -> int:
        async with transaction(self.pool) as conn:
            return await retention.make_partitions(conn)

    async def drop_partitions(self) -> int:
        """Each table in a transaction of its own, so that no lock outlives its table."""
        dropped: list[str] = []
        for table, days in self._tables():
            async with transaction(self.pool) as conn:
                dropped += await retention.drop_partitions(conn, table, days)
        if dropped:
            log.info("retention.dropped", partitions=dropped)
        return len(dropped)

    async def forget(self) -> int:
        """A bounded batch of each kind; the job comes back at once while a batch was full."""
        async with acquired(self.pool) as conn:
            keys = await retention.forget_command_keys(conn, self.settings.keep_claim_keys, BATCH)
            parked = await retention.forget_parked(conn, self.settings.keep_parked, BATCH)
        if keys or parked:
            log.info("retention.forgotten", command_keys=keys, parked_statuses=parked)
        return max(keys, parked)

    def _tables(self) -> tuple[tuple[str, int], ...]:
        return (
            ("webhook_log", self.settings.keep_raw_webhooks),
            ("message_attempts", self.settings.keep_attempts),
            ("message_status_events", self.settings.keep_attempts),
        )
