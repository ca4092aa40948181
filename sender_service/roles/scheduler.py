"""The scheduler: one active by lease, every deed safe twice."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from sender_service.inbound.media import MediaJob
from sender_service.roles import count
from sender_service.roles.caps import measure_caps
from sender_service.roles.drain import DrainHandler, measure_open
from sender_service.roles.jobs import Job, repeat
from sender_service.roles.lead import lead
from sender_service.roles.measure import measure_backlog
from sender_service.roles.reachable import installation_token
from sender_service.roles.retention import BATCH, Retention
from sender_service.runtime import Runtime
from sender_service.sending import campaign_pace, campaigns
from sender_service.template_sync import ACCOUNTS_AT_ONCE, TemplateSync
from shared.lifecycle import Role
from shared.messaging.consumer import Consumer
from shared.messaging.topology import UNROUTED, WORK_QUEUES, dead

DAY = 86_400.0
FILES_AT_ONCE = 500


def scheduler_roles(runtime: Runtime) -> Mapping[str, Role]:
    """One role: stand by, and work while the lease is ours."""

    async def work(over: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            for job in jobs(runtime):
                group.create_task(repeat(job, over), name=job.name)
            for consumer in drains(runtime):
                group.create_task(consumer.run(over), name="drain")

    async def scheduler(stopping: asyncio.Event) -> None:
        if await installation_token(runtime.pool, stopping) is not None:
            await lead(runtime.pool, "scheduler", runtime.process, work, stopping=stopping)

    return {"scheduler": scheduler}


def jobs(runtime: Runtime) -> Sequence[Job]:
    """What repeats, and how often."""
    retention = Retention(runtime.pool, runtime.settings)
    counting = count.Counting(runtime.pool)
    media = MediaJob(runtime.pool, runtime.graph, runtime.tokens, runtime.files)
    sync = TemplateSync(runtime.pool, runtime.graph, runtime.tokens, runtime.relay)
    return (
        Job("campaigns", 1.0, partial(campaigns.feed, runtime.pool, runtime.accept), full=campaign_pace.BATCH),
        Job("statistics.new", 60.0, counting.count_new, full=1),
        Job("statistics.again", 300.0, counting.count_again, full=count.BATCH),
        Job("templates", 60.0, sync.due, full=ACCOUNTS_AT_ONCE),
        Job("outbox", 2.0, runtime.relay.publish_old, full=1),
        Job("partitions", 3600.0, retention.make_partitions),
        Job("retention.partitions", DAY, retention.drop_partitions, full=1),
        Job("retention.rows", DAY, retention.forget, full=BATCH),
        Job("retention.media", DAY, partial(media.forget_old, runtime.settings.keep_media), full=FILES_AT_ONCE),
        Job("dead_letters.measured", 15.0, partial(measure_open, runtime.pool)),
        Job("caps.measured", 15.0, partial(measure_caps, runtime.pool)),
        Job("backlog.measured", 15.0, partial(measure_backlog, runtime.pool)),
    )


def drains(runtime: Runtime) -> Sequence[Consumer]:
    """Consumers of every dead-letter queue and of what no queue was bound for."""
    handler = DrainHandler(runtime.pool)
    queues = [dead(queue.name) for queue in WORK_QUEUES] + [UNROUTED]
    return [Consumer(runtime.amqp_url, queue, handler, runtime.publisher, prefetch=200) for queue in queues]
