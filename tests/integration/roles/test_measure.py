from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from sender_service.roles.measure import measure_backlog
from sender_service.sending.accept import Accept
from tests.integration.store.sending import grounds
from tests.integration.store.sending.grounds import command

IN_DOUBT = (
    "insert into colomba.unknown_sends"
    " (organization_id, message_id, attempt, phone_number_id, echo_until, on_unknown, request)"
    " values ($1, 1, 1, 'n', now(), 'hold', '{}')"
)


def gauge(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"colomba_{name}", labels)


async def test_what_waits_is_told_and_what_is_over_is_zero_again(pool):
    organization_id = await grounds.organization(pool, paused_at=datetime.now(UTC))
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    await grounds.accepted(Accept(pool, lambda *_: None), command("a"), command("b"), command("c", send_at=later))
    await pool.execute(IN_DOUBT, organization_id)
    await pool.execute("update colomba.outbox set created_at = now() - interval '40 seconds'")

    assert await measure_backlog(pool) == 0
    assert (gauge("queued_messages", state="queued"), gauge("queued_messages", state="scheduled")) == (2, 1)
    assert gauge("unknown_messages") == 1
    assert gauge("outbox_oldest_seconds") == pytest.approx(40, abs=10)
    assert (gauge("numbers_paused", cause="number"), gauge("numbers_paused", cause="account")) == (1, 0)

    await pool.execute("delete from colomba.send_queue")
    await pool.execute("delete from colomba.outbox")
    await pool.execute("update colomba.phone_numbers set paused_at = null")
    await measure_backlog(pool)
    assert gauge("queued_messages", state="queued") == 0
    assert gauge("outbox_oldest_seconds") == 0
    assert gauge("numbers_paused", cause="number") == 0
