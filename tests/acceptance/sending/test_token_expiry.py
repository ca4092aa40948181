"""A token expires in the middle of a campaign: its number alone waits, and after the rotation the rest goes, once."""

from collections import Counter

import pytest

from sender_service.inbound.handler import InboundHandler
from sender_service.store import numbers
from tests import builders
from tests import webhook_builders as build
from tests.fakes.cloud_api import accepted, error
from tests.integration.store.sending import grounds
from tests.integration.store.sending.grounds import command
from tests.waiting import until

ONE, OTHER = builders.PHONE_NUMBER_ID, "2"
RATE, EACH = 200, 300


class Tokens:
    """Meta's side: which tokens it still takes, and what it accepted and refused by number."""

    def __init__(self, *valid: str) -> None:
        self.valid = set(valid)
        self.accepted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    async def judge(self, request, body):
        number, token = request.match_info["number"], request.headers["Authorization"].removeprefix("Bearer ")
        if token not in self.valid:
            self.refused[number] += 1
            return error(190, status=401)
        self.accepted[number] += 1
        return accepted(body, self.accepted.total())


@pytest.mark.timeout(60)
async def test_the_number_pauses_at_the_first_answer_others_never_notice_and_nothing_is_lost(*, pool, start, meta, bus):
    organization_id = await grounds.organization(pool, throughput=RATE, token_encrypted=b"old")
    await grounds.another_number(pool, organization_id, OTHER, throughput=RATE, token_encrypted=b"other")
    tokens = Tokens("old", "other")
    meta.judge = tokens.judge
    worker = start(token_of=lambda state: state.token.decode())
    campaign = [
        command(f"{number}-{n}", phone_number_id=number, to=f"+39333{n:06}", lane="bulk")
        for n in range(EACH)
        for number in (ONE, OTHER)
    ]
    ids = await grounds.accepted(worker.accept, *campaign)

    await until(lambda: tokens.accepted[ONE] >= 50, 10)
    tokens.valid.discard("old")
    [event] = await until(lambda: bus.named("number.paused"), 10)
    assert (event.data["what"], event.data["code"]) == ("credential", 190)
    went, refused = tokens.accepted[ONE], tokens.refused[ONE]
    await until(lambda: tokens.accepted[OTHER] == EACH, 15)
    assert tokens.refused[OTHER] == 0
    assert (tokens.accepted[ONE], tokens.refused[ONE]) == (went, refused)
    assert refused <= RATE * 0.05 * 3, "no more than what was on its way at the first refusal"

    webhooks = InboundHandler(pool, bus.relay, "installation", lambda _: None)
    assert await webhooks([build.delivery(build.payload(build.value(messages=[build.text_message("hello")])))]) == []
    assert await pool.fetchval("select count(*) from colomba.message_log where direction = 'inbound'") == 1

    tokens.valid.add("new")
    await numbers.set_token(pool, organization_id, ONE, b"new")
    await until(lambda: tokens.accepted[ONE] == EACH, 15)
    await until(lambda: all_sent(pool))
    assert tokens.refused[ONE] == refused
    processed = Counter(request.attempt_id.rsplit(".", 1)[0] for request in meta.requests)
    assert processed.total() - refused == len(ids) == len(processed)


async def all_sent(pool):
    return await pool.fetchval(
        "select bool_and(status = 'sent') from colomba.message_log where direction = 'outbound'"
    ) and not await grounds.queue(pool)
