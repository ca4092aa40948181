import time
from bisect import bisect_right

from sender_service.store import senders
from tests import builders
from tests.integration.store.sending import grounds
from tests.integration.store.sending.grounds import command
from tests.waiting import until


def worst_second(times):
    return max(bisect_right(times, at + 1.0) - place for place, at in enumerate(times))


async def test_the_number_sends_at_its_tier_and_not_faster(pool, start, meta):
    await grounds.organization(pool, throughput=20)
    worker = start()
    await grounds.accepted(worker.accept, *(command(f"{n}", to=f"+39333{n:06}", lane="bulk") for n in range(50)))
    await until(lambda: len(meta.requests) == 50, 10)
    times = [request.at for request in meta.requests]
    assert worst_second(times) <= 22
    assert times[-1] - times[0] < 49 / 20 + 0.5


async def test_a_lower_cap_of_the_operator_holds(pool, start, meta):
    await grounds.organization(pool, throughput=80, cap_per_second=5)
    worker = start()
    await grounds.accepted(worker.accept, *(command(f"{n}", to=f"+39333{n:06}") for n in range(11)))
    await until(lambda: len(meta.requests) == 11, 10)
    times = [request.at for request in meta.requests]
    assert 1.8 < times[-1] - times[0] < 2.6


async def test_a_cap_per_hour_stops_until_it_is_raised_and_its_use_can_be_read(pool, start, meta):
    organization_id = await grounds.organization(pool, cap_per_hour=3)
    worker = start()
    await grounds.accepted(worker.accept, *(command(f"{n}", to=f"+39333{n:06}") for n in range(5)))
    await until(lambda: len(meta.requests) == 3)
    assert await senders.usage(pool, organization_id, builders.PHONE_NUMBER_ID) == (3, 3)
    await pool.execute("update colomba.phone_numbers set cap_per_hour = 4")
    await until(lambda: len(meta.requests) == 4)
    await pool.execute("update colomba.phone_numbers set cap_per_hour = null")
    await until(lambda: len(meta.requests) == 5)


async def test_a_campaign_delays_a_one_time_password_by_no_more_than_what_is_in_flight(pool, start, meta):
    await grounds.organization(pool, throughput=20)
    worker = start()
    await grounds.accepted(worker.accept, *(command(f"{n}", to=f"+39333{n:06}", lane="bulk") for n in range(300)))
    await until(lambda: len(meta.requests) > 5)
    await grounds.accepted(worker.accept, command("otp", to="+393900000000"))
    began, before = time.monotonic(), len(meta.requests)
    [request] = await until(lambda: [r for r in meta.requests if r.body["to"] == "+393900000000"])
    overtaken_by = meta.requests.index(request) - before
    assert overtaken_by <= 4
    assert request.at - began < 0.6


async def test_more_than_the_pair_limit_to_one_person_waits_in_the_table_and_others_go(pool, start, meta):
    await grounds.organization(pool, throughput=1000)
    worker = start()
    crowd = [command(f"{n}", text={"body": f"{n}"}, lane="bulk") for n in range(60)]
    await grounds.accepted(worker.accept, *crowd, command("x", to="+393330000001", lane="bulk"))
    await until(lambda: len(meta.requests) >= 46, 10)

    async def put_off():
        return await pool.fetchval("select count(*) from colomba.send_queue where not ready and state = 'queued'")

    assert await until(put_off) in (14, 15)
    said = [int(r.body["text"]["body"]) for r in meta.requests if r.body["to"] == "+393331234567"]
    assert said == list(range(len(said)))
    await until(lambda: len(meta.requests) >= 47, 10)
    said = [int(r.body["text"]["body"]) for r in meta.requests if r.body["to"] == "+393331234567"]
    assert said == list(range(len(said)))
