from prometheus_client import REGISTRY

from sender_service.roles.caps import measure_caps
from tests.builders import PHONE_NUMBER_ID
from tests.integration.store.sending import grounds


def ratio(window, number=PHONE_NUMBER_ID):
    return REGISTRY.get_sample_value("colomba_cap_used_ratio", {"phone_number_id": number, "window": window})


async def test_the_use_of_a_cap_is_a_metric_while_there_is_a_cap(pool):
    organization_id = await grounds.organization(pool, cap_per_hour=200, cap_per_day=1000)
    await grounds.another_number(pool, organization_id, "2", cap_per_day=10)
    await pool.execute(
        "insert into colomba.number_usage (organization_id, phone_number_id, hour, intents)"
        " values ($1, $2, date_trunc('hour', now()), 50), ($1, $2, date_trunc('day', now()) - interval '1 hour', 900)",
        organization_id, PHONE_NUMBER_ID,
    )  # fmt: skip
    await measure_caps(pool)
    assert (ratio("hour"), ratio("day"), ratio("hour", "2"), ratio("day", "2")) == (0.25, 0.05, None, 0.0)
    await pool.execute("update colomba.phone_numbers set cap_per_hour = null")
    await measure_caps(pool)
    assert (ratio("hour"), ratio("day")) == (None, 0.05)
