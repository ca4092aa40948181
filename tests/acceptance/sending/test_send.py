from datetime import UTC, datetime, timedelta

from aiohttp import web

from sender_service.sending import dispatch
from sender_service.sending.accept import Accept
from sender_service.store import senders
from tests import builders
from tests.integration.store.sending import grounds
from tests.integration.store.sending.grounds import command
from tests.waiting import until


async def status(pool, message_id):
    return (await grounds.log(pool, message_id))["status"]


async def test_a_command_is_posted_once_and_logged_as_sent(pool, start, meta, bus):
    await grounds.organization(pool)
    worker = start()
    [message_id] = await grounds.accepted(worker.accept, command())
    await until(lambda: bus.named("message.sent"))
    [request] = meta.requests
    token = await pool.fetchval("select token from colomba.installation")
    assert request.attempt_id == f"{token}.{message_id}.1"
    assert request.body["to"] == "+393331234567"
    log = await grounds.log(pool, message_id)
    assert (log["status"], log["attempt"], log["external_id"]) == ("sent", 1, f"wamid.{request.attempt_id}.1")
    assert await grounds.queue(pool) == []
    assert await pool.fetchval("select message_id from colomba.wamids") == message_id
    attempt = await pool.fetchrow("select * from colomba.message_attempts")
    assert (attempt["outcome"], attempt["attempt"]) == ("sent", 1)
    assert "3331234" not in str(attempt["request"]) + str(attempt["answer"])


async def test_a_template_is_posted_with_its_components(pool, start, meta, bus):
    await grounds.organization(pool)
    worker = start()
    template = {"name": "table_ready", "language": {"code": "it"}, "components": []}
    await grounds.accepted(worker.accept, command(type="template", template=template))
    await until(lambda: bus.named("message.sent"))
    assert meta.requests[0].body["template"] == template


async def test_messages_to_one_recipient_go_in_the_order_of_acceptance(pool, start, meta):
    await grounds.organization(pool)
    meta.delay = 0.02
    worker = start()
    commands = [command(f"{n}", to=f"+3933312345{n % 3}0", text={"body": f"{n}"}) for n in range(30)]
    await grounds.accepted(worker.accept, *commands)
    await until(lambda: len(meta.requests) == 30)
    for recipient in range(3):
        said = [int(r.body["text"]["body"]) for r in meta.requests if r.body["to"] == f"+3933312345{recipient}0"]
        assert said == sorted(said)


async def test_rows_found_in_the_database_are_sent_too(pool, start, meta, bus):
    await grounds.organization(pool)
    first = start("worker-1")
    await grounds.accepted(first.accept, *(command(f"{n}", to=f"+39333000{n:04}") for n in range(5)))
    await until(lambda: len(meta.requests) == 5)
    elsewhere = Accept(pool, bus.relay)
    await grounds.accepted(elsewhere, *(command(f"x{n}", to=f"+39334000{n:04}") for n in range(5)))
    await until(lambda: len(meta.requests) == 10)


async def test_a_scheduled_message_goes_when_its_time_has_come(pool, start, meta):
    await grounds.organization(pool)
    worker = start()
    at = datetime.now(UTC) + timedelta(seconds=1)
    await grounds.accepted(worker.accept, command(send_at=at.isoformat()))
    await until(lambda: meta.requests)
    assert datetime.now(UTC) >= at


async def test_a_refusal_for_good_fails_the_message_with_code_and_sentence(pool, start, meta, bus):
    await grounds.organization(pool)
    meta.refuse_next(131047)
    worker = start()
    [message_id] = await grounds.accepted(worker.accept, command())
    [event] = await until(lambda: bus.named("message.failed"))
    log = await grounds.log(pool, message_id)
    assert (log["status"], log["error_code"]) == ("failed", 131047)
    assert "template" in log["error_message"]
    assert event.data["error"]["code"] == 131047


async def test_a_lost_answer_leaves_the_message_unknown_and_it_is_not_sent_again(pool, start, meta, bus):
    async def page(_):
        return web.Response(status=502, text="<html>bad gateway</html>")

    await grounds.organization(pool)
    meta.answers.append(page)
    worker = start()
    first, second = await grounds.accepted(worker.accept, command("a"), command("b"))
    await until(lambda: bus.named("message.sent"))
    assert await status(pool, first) == "unknown"
    assert await status(pool, second) == "sent"
    assert len(meta.requests) == 2
    unknown = await pool.fetchrow("select * from colomba.unknown_sends")
    assert (unknown["message_id"], unknown["attempt"], unknown["announced_at"]) == (first, 1, None)


async def test_a_number_that_is_too_fast_waits_and_its_message_goes_again(pool, start, meta, bus):
    await grounds.organization(pool)
    meta.refuse_next(130429)
    worker = start()
    [message_id] = await grounds.accepted(worker.accept, command())
    await until(lambda: bus.named("message.sent"), 10)
    assert (await grounds.log(pool, message_id))["attempt"] == 2
    outcomes = await pool.fetch("select attempt, outcome from colomba.message_attempts order by attempt")
    assert [tuple(row) for row in outcomes] == [(1, "refused"), (2, "sent")]


async def test_an_expired_token_pauses_the_number_and_keeps_its_queue(pool, start, meta, bus):
    organization_id = await grounds.organization(pool)
    meta.refuse_next(190, status=401, times=20)
    worker = start()
    commands = [command(f"{n}", to=f"+39333000{n:04}") for n in range(10)]
    await grounds.accepted(worker.accept, *commands)
    [event] = await until(lambda: bus.named("number.paused"))
    assert (event.data["what"], event.data["code"]) == ("credential", 190)
    await until(lambda: queued_again(pool, 10))
    assert len(meta.requests) <= 5
    meta.answers.clear()
    await senders.resume(pool, organization_id, builders.PHONE_NUMBER_ID)
    await until(lambda: len(bus.named("message.sent")) == 10)


async def queued_again(pool, count):
    return count == await pool.fetchval("select count(*) from colomba.send_queue where state = 'queued'")


async def test_a_message_sent_for_a_lead_becomes_its_note(pool, start, bus):
    organization_id = await grounds.organization(pool)
    lead = await pool.fetchval(
        "insert into colomba.leads (organization_id, name) values ($1, 'Eva') returning id", organization_id
    )
    worker = start()
    [message_id] = await grounds.accepted(worker.accept, command(lead_id=lead))
    await until(lambda: bus.named("lead.linked"))
    note = await pool.fetchrow("select * from colomba.lead_notes")
    assert (note["lead_id"], note["message_id"], note["text"]) == (lead, message_id, "Your table is ready.")
    link = await pool.fetchrow("select * from colomba.lead_links")
    assert (link["lead_id"], link["reason"]) == (lead, "command")


async def test_what_another_process_accepts_is_sent_at_once(pool, start, meta, monkeypatch):
    monkeypatch.setattr(dispatch, "POLL_SECONDS", 30.0)
    await grounds.organization(pool)
    worker = start()
    await grounds.accepted(worker.accept, command("a"))
    await until(lambda: len(meta.requests) == 1)
    await grounds.accepted(Accept(pool, lambda *_: None), command("b", to="+393330000001"))
    await until(lambda: len(meta.requests) == 2, 2)
