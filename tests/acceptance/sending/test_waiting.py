"""Cancelling, expiring, doubt and its end."""

from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from sender_service.sending import dispatch
from sender_service.sending.accept import Accept
from sender_service.sending.ownership import TTL
from sender_service.sending.sweep import Sweep
from sender_service.store import number_leases, send_queue, senders, unknown_sends
from tests import builders
from tests.integration.store.sending import grounds
from tests.integration.store.sending.grounds import command
from tests.waiting import until


@pytest.fixture
def accept(pool, bus):
    return Accept(pool, bus.relay)


@pytest.fixture
def sweep(pool, bus):
    return Sweep(pool, bus.relay, 900.0)


async def status(pool, message_id):
    return (await grounds.log(pool, message_id))["status"]


async def be_sending(pool, message_id, *, since: float):
    await pool.execute(
        "update colomba.send_queue set state = 'sending', attempt = 1, epoch = 1,"
        " sending_since = now() - make_interval(secs => $2) where message_id = $1",
        message_id, since,
    )  # fmt: skip


async def test_what_waits_can_be_cancelled_and_what_is_being_sent_cannot(pool, accept):
    organization_id = await grounds.organization(pool)
    waits, goes = await grounds.accepted(accept, command("a"), command("b"))
    await be_sending(pool, goes, since=0)
    assert await send_queue.cancel(pool, organization_id, [waits, goes]) == {waits}
    assert [await status(pool, one) for one in (waits, goes)] == ["cancelled", "queued"]


async def test_another_organization_cancels_nothing(pool, accept):
    organization_id = await grounds.organization(pool)
    [waits] = await grounds.accepted(accept, command())
    assert await send_queue.cancel(pool, organization_id + 1, [waits]) == set()


async def test_a_message_expires_while_it_waits_and_says_so(pool, accept, sweep, bus):
    await grounds.organization(pool)
    later = datetime.now(UTC) + timedelta(hours=1)
    [message_id] = await grounds.accepted(accept, command(expires_at=later.isoformat()))
    await sweep()
    assert await status(pool, message_id) == "queued"
    await pool.execute("update colomba.send_queue set expires_at = now() - interval '1 second'")
    await sweep()
    assert await status(pool, message_id) == "expired"
    assert [event.data["message_id"] for event in bus.named("message.expired")] == [message_id]
    assert await grounds.queue(pool) == []


async def test_a_call_without_outcome_becomes_unknown_by_time_alone(pool, accept, sweep):
    await grounds.organization(pool)
    fresh, lapsed = await grounds.accepted(accept, command("a"), command("b", to="+393330000001"))
    await be_sending(pool, fresh, since=34)
    await be_sending(pool, lapsed, since=36)
    await sweep()
    assert [await status(pool, one) for one in (fresh, lapsed)] == ["queued", "unknown"]
    assert [row["message_id"] for row in await grounds.queue(pool)] == [fresh]
    assert await pool.fetchval("select message_id from colomba.unknown_sends") == lapsed


async def test_an_echo_window_that_ends_is_announced_once(pool, accept, sweep, bus):
    await grounds.organization(pool)
    [message_id] = await grounds.accepted(accept, command())
    await be_sending(pool, message_id, since=36)
    await sweep()
    assert bus.named("message.unknown") == []
    await pool.execute("update colomba.unknown_sends set echo_until = now()")
    await sweep()
    await sweep()
    [event] = bus.named("message.unknown")
    assert (event.data["message_id"], event.data["attempt"]) == (message_id, 1)
    assert await status(pool, message_id) == "unknown"


async def test_resend_goes_again_after_the_echo_window_as_a_new_attempt(pool, start, meta, bus):
    async def lost(_):
        return web.Response(status=500, text="oops")

    await grounds.organization(pool)
    meta.answers.append(lost)
    worker = start(echo_window=timedelta(seconds=1))
    [message_id] = await grounds.accepted(worker.accept, command(on_unknown="resend"))
    await until(lambda: bus.named("message.sent"), 10)
    assert [request.attempt_id.rsplit(".", 1)[1] for request in meta.requests] == ["1", "2"]
    assert await status(pool, message_id) == "sent"
    assert bus.named("message.unknown") == []


async def test_a_resend_waits_for_its_place_within_the_pair_limit(*, pool, start, meta, monkeypatch):
    """A new owner lends no burst: one message every six seconds to one person, deliberate resends included."""

    async def lost(_):
        return web.Response(status=500, text="oops")

    monkeypatch.setattr(dispatch, "RESCAN_SECONDS", 0.1)
    await grounds.organization(pool)
    assert await number_leases.claim(pool, "old", TTL, [builders.PHONE_NUMBER_ID])
    await number_leases.release(pool, "old", [builders.PHONE_NUMBER_ID])
    meta.answers.append(lost)
    worker = start(echo_window=timedelta(seconds=0.1))
    [message_id] = await grounds.accepted(worker.accept, command(on_unknown="resend"))

    async def wait():
        row = await pool.fetchrow("select * from colomba.send_queue where message_id = $1 and not ready", message_id)
        return row and (row["due_at"] - datetime.now(UTC)).total_seconds()

    assert 3 < await until(wait) < 6
    assert len(meta.requests) == 1


async def test_what_expired_in_its_echo_window_is_announced_and_not_sent_again(pool, accept, sweep, bus):
    await grounds.organization(pool)
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    messages = [command(key, on_unknown="resend", expires_at=later) for key in ("a", "b")]
    expired, sound = await grounds.accepted(accept, *messages)
    for message_id in (expired, sound):
        await be_sending(pool, message_id, since=36)
    await sweep()
    await pool.execute(
        "update colomba.unknown_sends set echo_until = now(),"
        " expires_at = case when message_id = $1 then now() else expires_at end",
        expired,
    )
    await sweep()
    [again] = await grounds.queue(pool)
    assert (again["message_id"], again["expires_at"].isoformat()) == (sound, later)
    assert [event.data["message_id"] for event in bus.named("message.unknown")] == [expired]
    assert [await status(pool, one) for one in (expired, sound)] == ["unknown", "queued"]


async def test_what_goes_again_still_waits_for_its_paused_template(pool, accept, sweep):
    await grounds.organization(pool)
    [message_id] = await grounds.accepted(accept, command(on_unknown="resend"))
    await pool.execute("update colomba.send_queue set template_id = 77")
    await be_sending(pool, message_id, since=36)
    await sweep()
    await pool.execute("update colomba.unknown_sends set echo_until = now()")
    await sweep()
    assert [row["template_id"] for row in await grounds.queue(pool)] == [77]


async def test_a_second_attempt_in_doubt_is_shown_although_the_first_failed(pool, accept, sweep):
    await grounds.organization(pool)
    [message_id] = await grounds.accepted(accept, command())
    await be_sending(pool, message_id, since=36)
    await pool.execute("update colomba.send_queue set attempt = 2")
    await pool.execute("update colomba.message_log set status = 'failed', attempt = 1")
    await sweep()
    assert await status(pool, message_id) == "unknown"


async def test_an_echo_before_the_resend_keeps_it_from_going(pool, accept, start, meta):
    await grounds.organization(pool)
    [message_id] = await grounds.accepted(accept, command(on_unknown="resend"))
    await be_sending(pool, message_id, since=36)
    await Sweep(pool, lambda *_: None, 0.0)()
    await unknown_sends.resend_due(pool, 10)
    await pool.execute("update colomba.message_log set status = 'delivered'")
    assert [row["attempt"] for row in await grounds.queue(pool)] == [1]
    worker = start()
    await until(lambda: worker.dispatcher._numbers.get(builders.PHONE_NUMBER_ID))
    [other] = await grounds.accepted(worker.accept, command("b", to="+393330000001"))
    await until(lambda: meta.requests)
    assert [request.attempt_id.split(".")[1] for request in meta.requests] == [str(other)]


async def test_a_late_answer_counts_although_a_status_came_first(pool, start, meta):
    """Meta's status webhook overtakes its own answer: the answer adds the id and takes nothing back."""
    await grounds.organization(pool)

    async def overtaken(body):
        await pool.execute("update colomba.message_log set status = 'read', attempt = 1")
        await pool.execute("delete from colomba.send_queue")
        return web.json_response({"messages": [{"id": "wamid.late"}]})

    meta.answers.append(overtaken)
    worker = start()
    [message_id] = await grounds.accepted(worker.accept, command())
    await until(lambda: pool.fetchval("select count(*) from colomba.wamids"))
    log = await grounds.log(pool, message_id)
    assert (log["status"], log["external_id"]) == ("read", "wamid.late")


async def test_a_paused_template_keeps_its_messages_and_others_go(pool, start, meta):
    organization_id = await grounds.organization(pool)
    template_id = await pool.fetchval(
        "insert into colomba.templates (organization_id, business_account_id, name, language, status, components)"
        " values ($1, $2, 'hello', 'it', 'APPROVED', $3) returning id",
        organization_id, grounds.ACCOUNT_ID, [{"type": "BODY", "text": "Ciao"}],
    )  # fmt: skip
    meta.refuse_next(132015)
    worker = start()
    template = {"name": "hello", "language": {"code": "it"}}
    [held] = await grounds.accepted(worker.accept, command("t", type="template", template=template))
    await until(lambda: pool.fetchval("select paused_at from colomba.templates where id = $1", template_id))
    await grounds.accepted(worker.accept, command("b", to="+393330000001"))
    await until(lambda: len(meta.requests) == 2)
    assert await status(pool, held) == "queued"
    await pool.execute("update colomba.templates set paused_at = null")
    await until(lambda: len(meta.requests) == 3, 10)
    assert meta.requests[-1].body["type"] == "template"


async def test_while_meta_fails_without_a_code_only_some_messages_become_doubtful(pool, start, meta):
    async def page(_):
        return web.Response(status=503, text="overloaded")

    await grounds.organization(pool, throughput=80)
    meta.answers += [page] * 1000
    worker = start()
    await grounds.accepted(worker.accept, *(command(f"{n}", to=f"+39333{n:06}") for n in range(200)))
    await until(lambda: pool.fetchval("select count(*) >= 5 from colomba.unknown_sends"))
    seen = len(meta.requests)
    assert seen < 30
    assert await pool.fetchval("select count(*) from colomba.send_queue") > 150


async def test_one_behind_a_long_wait_is_not_looked_at_every_second(pool, start, meta):
    await grounds.organization(pool)
    meta.refuse_next(131049)
    worker = start()
    first, second = await grounds.accepted(worker.accept, command("a"), command("b"))

    async def waits():
        row = await pool.fetchrow("select * from colomba.send_queue where message_id = $1", second)
        return row["due_at"] and (row["due_at"] - datetime.now(UTC)).total_seconds()

    assert 50 < await until(waits) <= 60
    assert await status(pool, first) == "retry_wait"


@pytest.mark.parametrize(
    ("code", "what", "table", "column"),
    [
        (131048, "number", "phone_numbers", "paused_at"),
        (133010, "number", "phone_numbers", "paused_at"),
        (10, "credential", "phone_numbers", "credential_paused_at"),
        (368, "account", "business_accounts", "paused_at"),
    ],
)
async def test_a_code_that_stops_more_than_its_message_pauses_it_once_and_says_so(
    *, code, what, table, column, pool, start, meta, bus
):
    await grounds.organization(pool)
    meta.refuse_next(code, times=10)
    worker = start()
    await grounds.accepted(worker.accept, *(command(f"{n}", to=f"+39333{n:06}") for n in range(8)))
    [event] = await until(lambda: bus.named("number.paused"))
    assert (event.data["what"], event.data["code"]) == (what, code)
    assert await pool.fetchval(f"select {column} is not null from colomba.{table}")
    await until(lambda: pool.fetchval("select count(*) = 8 from colomba.send_queue where state = 'queued'"))
    assert len(bus.named("number.paused")) == 1
    assert len(meta.requests) <= 5


async def test_an_account_that_calls_too_often_waits_with_all_its_numbers(pool, start, meta):
    organization_id = await grounds.organization(pool)
    await grounds.another_number(pool, organization_id, "2")
    meta.refuse_next(80007)
    worker = start()
    await grounds.accepted(worker.accept, command())
    await until(lambda: pool.fetchval("select count(*) = 2 from colomba.phone_numbers where held_until is not null"))


async def test_a_token_set_meanwhile_is_not_paused_for_the_answer_to_the_old_one(pool):
    organization_id = await grounds.organization(pool)
    await pool.execute("update colomba.phone_numbers set token_encrypted = 'new', token_set_at = now()")
    before = datetime.now(UTC) - timedelta(minutes=1)
    assert await senders.pause_credential(pool, builders.PHONE_NUMBER_ID, "expired", before) == []
    now = await pool.fetchval("select token_set_at from colomba.phone_numbers")
    assert await senders.pause_credential(pool, builders.PHONE_NUMBER_ID, "expired", now) == [
        (builders.PHONE_NUMBER_ID, organization_id)
    ]


async def test_a_template_meta_does_not_know_is_stopped_and_its_message_fails(pool, start, meta, bus):
    organization_id = await grounds.organization(pool)
    await pool.execute(
        "insert into colomba.templates (organization_id, business_account_id, name, language, status)"
        " values ($1, $2, 'hello', 'it', 'APPROVED')",
        organization_id, grounds.ACCOUNT_ID,
    )  # fmt: skip
    meta.refuse_next(132001, status=404)
    worker = start()
    template = {"name": "hello", "language": {"code": "it"}}
    first, second = await grounds.accepted(
        worker.accept,
        command("a", type="template", template=template),
        command("b", type="template", template=template, to="+393330000001"),
    )
    [event] = await until(lambda: bus.named("template.status_changed"))
    assert (event.data["name"], event.data["status"], event.data["code"]) == ("hello", "PAUSED", 132001)
    await until(lambda: status_is(pool, first, "failed"))
    assert await status(pool, second) in ("queued", "sent")


async def status_is(pool, message_id, wanted):
    return await status(pool, message_id) == wanted
