"""A webhook the broker has not confirmed is answered 503 within seconds, so that Meta sends it again."""

import asyncio
import time
from functools import partial
from urllib.parse import urlsplit

import aiormq
import pytest

from deploy.proxy import TcpProxy
from shared.messaging import topology
from tests.acceptance.ingress import ingress
from tests.waiting import until


@pytest.fixture
async def broker(amqp_url):
    await topology.declare(amqp_url)
    return amqp_url


@pytest.fixture
async def proxy(broker):
    address = urlsplit(broker)
    async with TcpProxy(address.hostname or "", address.port or 5672) as opened:
        yield opened


@pytest.fixture
def proxied(broker, proxy):
    address = urlsplit(broker)
    return address._replace(netloc=f"{address.username}:{address.password}@127.0.0.1:{proxy.port}").geturl()


async def stored(broker):
    connection = await aiormq.connect(broker)
    declared = await (await connection.channel()).queue_declare(topology.SENDER_WEBHOOKS, passive=True)
    await connection.close()
    return declared.message_count


async def test_started_before_the_broker_it_answers_503_and_goes_on_when_the_broker_comes(proxied, proxy, broker):
    proxy.faults.refuse = True
    async with ingress(proxied, ready=False) as service:
        answer = await service.post()
        assert (answer.status, answer.error_code) == (503, "BROKER_UNAVAILABLE")
        assert answer.headers["retry-after"]
        assert (await service.get("/livez")).status == 200
        assert (await service.get("/readyz")).status == 503

        proxy.faults.refuse = False
        await until(service.is_ready)
        assert (await service.post()).status == 200
        assert await stored(broker) == 1


async def test_what_the_broker_does_not_confirm_in_time_is_answered_503(proxied, proxy):
    async with ingress(proxied, publish_timeout=0.5) as service:
        proxy.faults.half_open = True
        started = time.monotonic()
        answers = await asyncio.gather(*(service.post() for _ in range(20)))
        seconds = time.monotonic() - started

        assert {(answer.status, answer.error_code) for answer in answers} == {(503, "BROKER_UNAVAILABLE")}
        assert seconds < 3

        proxy.faults.half_open = False
        proxy.reset()
        await until(lambda: _is_taken(service), 10)


async def test_while_the_broker_stays_silent_webhooks_are_refused_at_once_and_do_not_pile_up(proxied, proxy):
    async with ingress(proxied, publish_timeout=1.0) as service:
        proxy.faults.half_open = True
        assert (await service.post()).status == 503

        started = time.monotonic()
        answers = await asyncio.gather(*(service.post() for _ in range(50)))

        assert {answer.status for answer in answers} == {503}
        assert time.monotonic() - started < 1
        assert (await service.get("/readyz")).status == 503


async def test_a_broker_restart_loses_no_webhook_that_was_answered_200(proxied, proxy, broker):
    statuses = []

    async def post_until(stopped):
        while not stopped.is_set():
            statuses.append((await service.post()).status)

    async with ingress(proxied, publish_timeout=0.5) as service:
        stopped = asyncio.Event()
        posting = [asyncio.create_task(post_until(stopped)) for _ in range(8)]
        for wanted in (50, 150, 250):
            await until(partial(_counted, statuses, wanted), 10)
            proxy.reset()
        stopped.set()
        await asyncio.gather(*posting)

    assert set(statuses) <= {200, 503}
    assert await stored(broker) >= statuses.count(200)


async def test_a_webhook_no_queue_is_bound_for_is_kept_aside_and_not_lost(broker):
    connection = await aiormq.connect(broker)
    channel = await connection.channel()
    await channel.queue_delete(topology.SENDER_WEBHOOKS)
    async with ingress(broker) as service:
        answer = await service.post()
    kept = await channel.queue_declare(topology.UNROUTED, passive=True)
    await connection.close()

    assert (answer.status, kept.message_count) == (200, 1)


async def test_without_any_topology_nothing_is_answered_200(amqp_url):
    async with ingress(amqp_url) as service:
        assert (await service.post()).status == 503


def _counted(statuses, wanted):
    return statuses.count(200) >= wanted


async def _is_taken(service):
    return (await service.post()).status == 200
