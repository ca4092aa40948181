"""Server-sent events over HTTP, from a real broker."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from aiohttp import web

from sender_service.api.app import api_app
from sender_service.api.handlers import live as handler
from sender_service.api.live import REMEMBERED, RESET, WAITING, Live
from sender_service.api.problems import Problem
from sender_service.roles.serve import serving
from sender_service.store.database import acquired
from shared.contracts import cloudevents
from shared.contracts.events import CONVERSATION_ASSIGNED, MESSAGE_RECEIVED, DomainEvent
from shared.messaging.publisher import Outgoing
from tests.acceptance.api.conftest import Api
from tests.vhosts import Vhosts
from tests.waiting import until


def event(organization: int, key: str, name: str = MESSAGE_RECEIVED) -> DomainEvent:
    return DomainEvent(
        name, organization, key, datetime(2026, 1, 1, tzinfo=UTC), {"message_id": 1, "text": "ciao\n\nciao"}
    )


async def publish(api: Api, *events: DomainEvent) -> None:
    """One message for one event, a batch for several."""
    clouds = [one.to_cloudevent() for one in events]
    body = cloudevents.encode(clouds[0]) if len(clouds) == 1 else cloudevents.encode_batch(clouds)
    kind = cloudevents.CONTENT_TYPE if len(clouds) == 1 else cloudevents.BATCH_CONTENT_TYPE
    await api.runtime.publisher.publish(Outgoing("whatsapp.events", events[0].routing_key, body, content_type=kind))


class Stream:
    """What a browser makes of the lines."""

    def __init__(self, response) -> None:
        self.response = response

    async def next(self) -> dict[str, str]:
        """The next event; comments and the retry hint pass by."""
        while True:
            async with asyncio.timeout(5):
                block = await self.response.content.readuntil(b"\n\n")
            fields = dict(line.split(": ", 1) for line in block.decode().strip().splitlines())
            if "event" in fields:
                return fields

    async def ended(self) -> bool:
        async with asyncio.timeout(5):
            return await self.response.content.read() is not None


@asynccontextmanager
async def listening(api: Api, query: str = "", **headers: str):
    who = {"Authorization": f"Bearer {api.keys[api.who]}"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    async with api.session.get(f"{api.base}/api/v1/events{query}", headers=who) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        assert await response.content.readuntil(b"\n\n") == b"retry: 2000\n\n"
        yield Stream(response)


@pytest.fixture
async def heard(api: Api, amqp_url, vhosts: Vhosts) -> Api:
    """The API once its queue is bound."""
    vhost = amqp_url.rpartition("/")[2]

    def bound() -> bool:
        bindings = vhosts.get(f"exchanges/{vhost}/whatsapp.events/bindings/source")
        return bool(bindings)

    await until(bound)
    return api


async def test_a_client_hears_the_events_of_its_organization_and_no_other(heard: Api):
    async with listening(heard.as_("SELLER")) as mine, listening(heard.as_("OTHER")) as theirs:
        await publish(heard, event(heard.organization, "1"), event(heard.organization, "2"))
        await publish(heard, event(heard.organization + 1, "3"))
        first, second, other = await mine.next(), await mine.next(), await theirs.next()
    assert [first["id"], second["id"]] == [event(heard.organization, key).id for key in "12"]
    assert other["id"] == event(heard.organization + 1, "3").id
    assert first["event"] == "message.received"
    assert cloudevents.decode(first["data"].encode()) == event(heard.organization, "1").to_cloudevent()


async def test_a_client_hears_only_the_names_it_asked_for(heard: Api):
    async with listening(heard, "?names=conversation") as stream:
        await publish(heard, event(heard.organization, "1"))
        await publish(heard, event(heard.organization, "2", CONVERSATION_ASSIGNED))
        assert (await stream.next())["event"] == "conversation.assigned"


async def test_a_client_that_comes_back_gets_what_it_missed(heard: Api):
    async with listening(heard) as stream:
        await publish(heard, *[event(heard.organization, str(number)) for number in range(4)])
        seen = [await stream.next() for _ in range(2)][-1]["id"]
        await stream.next()
        await stream.next()
    async with listening(heard, Last_Event_ID=seen) as again:
        missed = [(await again.next())["id"] for _ in range(2)]
    assert missed == [event(heard.organization, key).id for key in "23"]


async def test_a_client_whose_last_event_is_forgotten_is_told_to_read_anew(heard: Api):
    async with listening(heard, Last_Event_ID="long ago") as stream:
        assert (await stream.next())["event"] == "reset"


async def test_a_message_of_the_bus_that_is_no_event_disturbs_nobody(heard: Api):
    async with listening(heard) as stream:
        await heard.runtime.publisher.publish(Outgoing("whatsapp.events", "message.received.1", b"nonsense"))
        await publish(heard, event(heard.organization, "1"))
        assert (await stream.next())["id"] == event(heard.organization, "1").id


async def test_the_stream_of_a_revoked_key_ends(heard: Api, monkeypatch):
    monkeypatch.setattr(handler, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(handler, "AUTHENTICATE_SECONDS", 0.0)
    async with listening(heard.as_("SELLER")) as stream:
        async with acquired(heard.pool) as conn:
            await conn.execute("update api_keys set revoked_at = now() where role = 'SELLER'")
        assert await stream.ended()


async def test_streams_end_when_the_process_stops_serving(heard: Api):
    async with AsyncExitStack() as serving_again:
        port = await serving_again.enter_async_context(serving(heard.runtime, api_app(heard.runtime)))
        elsewhere = replace(heard, base=f"http://127.0.0.1:{port}")
        async with listening(elsewhere) as stream, asyncio.timeout(5):
            await serving_again.aclose()
            assert await stream.ended()


async def test_no_stream_begins_once_the_process_stops():
    live = Live()
    with live.joined(1, [], None) as client:
        await live.close(web.Application())
        assert client.waiting.get_nowait() is None
    with pytest.raises(Problem), live.joined(1, [], None):
        pass


def body(organization: int, key: str) -> bytes:
    return cloudevents.encode(event(organization, key).to_cloudevent())


def test_a_slow_client_is_cut_and_the_others_go_on():
    live = Live()
    with live.joined(1, [], None) as slow, live.joined(1, [], None) as quick:
        for number in range(WAITING + 1):
            live.heard(cloudevents.CONTENT_TYPE, body(1, str(number)))
            assert quick.waiting.get_nowait() is not None
        assert slow.waiting.qsize() == 1
        assert slow.waiting.get_nowait() is None


def test_what_is_remembered_is_bounded():
    live = Live()
    for number in range(REMEMBERED + 10):
        live.heard(cloudevents.CONTENT_TYPE, body(1, str(number)))
    with live.joined(1, [], event(1, "5").id) as late:
        assert late.waiting.get_nowait() == RESET
    with live.joined(1, [], event(1, str(REMEMBERED)).id) as late:
        assert late.waiting.qsize() == 9


def test_after_a_gap_everybody_reads_anew():
    live = Live()
    live.heard(cloudevents.CONTENT_TYPE, body(1, "1"))
    with live.joined(2, [], None) as client:
        live.gap()
        assert client.waiting.get_nowait() == RESET
    with live.joined(1, [], event(1, "1").id) as late:
        assert late.waiting.get_nowait() == RESET
