"""Every request is answered as DESIGN says, and only a 200 means that the webhook is on its way."""

import asyncio
import hashlib
import json

import aiormq
import pytest

from shared.contracts.webhook import RawWebhook
from shared.messaging import topology
from shared.messaging.delivery import Delivery
from tests.acceptance.ingress import BODY, PATH, SECRET, head, ingress, signature

MIB = 1024 * 1024


@pytest.fixture
async def broker(amqp_url):
    await topology.declare(amqp_url)
    return amqp_url


@pytest.fixture
async def service(broker):
    async with ingress(broker) as running:
        yield running


@pytest.fixture
async def published(broker):
    """All webhooks in the queue, taken out."""
    connection = await aiormq.connect(broker)
    channel = await connection.channel()

    async def take():
        found = []
        while (message := await channel.basic_get(topology.SENDER_WEBHOOKS, no_ack=True)).delivery_tag:
            properties = message.header.properties
            delivery = Delivery(message.body, properties.message_id, headers=properties.headers or {})
            found.append(RawWebhook.from_delivery(delivery))
        return found

    yield take
    await connection.close()


async def test_a_signed_webhook_is_published_untouched_and_answered_200(service, published):
    body = '{"object":"whatsapp_business_account","entry":[{"id":"1","text":"\\u00e4 ä"}]}\n'.encode()

    answer = await service.post(body)

    [webhook] = await published()
    assert (answer.status, answer.body) == (200, b"")
    assert (webhook.body, webhook.app, webhook.sha256) == (body, "", hashlib.sha256(body).hexdigest())
    assert webhook.message_id
    assert webhook.traceparent is not None


async def test_the_trace_of_the_caller_goes_on(service, published):
    given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    await service.post(traceparent=given)

    [webhook] = await published()
    assert (webhook.traceparent[:36], webhook.traceparent == given) == (given[:36], False)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": signature(BODY, "another secret")},
        {"X-Hub-Signature-256": signature(BODY + b" ")},
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": "sha256=zz"},
        {"X-Hub-Signature": "sha1=" + "0" * 40},
        {"X-Hub-Signature-256": "sha1=" + "0" * 40},
    ],
)
async def test_what_is_not_signed_is_refused(service, published, headers):
    answer = await service.request("POST", PATH, headers, BODY)

    assert (answer.status, answer.error_code) == (403, "WHATSAPP_SIGNATURE_INVALID")
    assert answer.headers["content-type"] == "application/problem+json"
    assert await published() == []


async def test_two_signatures_are_none_even_if_both_are_right(service, published):
    client = await service.connect()
    line = f"X-Hub-Signature-256: {signature(BODY)}\r\n"
    await client.send(
        f"POST {PATH} HTTP/1.1\r\nHost: i\r\n{line}{line}Content-Length: {len(BODY)}\r\n\r\n".encode(), BODY
    )

    assert (await client.answer()).status == 403
    assert await published() == []


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"a":', b"a=b", b"\xff\xfe"])
async def test_what_is_signed_but_no_json_object_is_refused(service, published, body):
    answer = await service.post(body)

    assert (answer.status, answer.error_code) == (400, "WHATSAPP_BODY_INVALID")
    assert await published() == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"text":"\\ud83d"}',
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'{"n":' + b"7" * 5_000 + b"}",
        b'{"n":NaN}',
        b'\xef\xbb\xbf{"a":1}',
    ],
)
async def test_what_meta_signed_is_not_lost_to_a_parsers_limits(service, published, body):
    answer = await service.post(body)

    assert answer.status == 200
    assert [webhook.body for webhook in await published()] == [body]


async def test_a_body_of_exactly_4_mib_is_taken(service, published):
    frame = b'{"a":""}'
    body = frame[:-2] + b"x" * (4 * MIB - len(frame)) + frame[-2:]

    answer = await service.post(body)

    assert (len(body), answer.status) == (4 * MIB, 200)
    assert [webhook.body for webhook in await published()] == [body]


async def test_one_byte_more_is_refused_before_it_is_read(service):
    client = await service.connect()
    await client.send(
        head("POST", PATH, {"Content-Length": str(4 * MIB + 1), "X-Hub-Signature-256": signature(b"")}), b"{"
    )

    answer = await client.answer()

    assert (answer.status, answer.error_code) == (413, "PAYLOAD_TOO_LARGE")


async def test_a_chunked_body_is_taken_but_not_without_end(service, published):
    client = await service.connect()
    chunked = {"Transfer-Encoding": "chunked", "X-Hub-Signature-256": signature(BODY)}
    await client.send(head("POST", PATH, chunked), b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY))
    assert (await client.answer()).status == 200

    endless = await service.connect()
    await endless.send(head("POST", PATH, chunked))
    chunk = b"%x\r\n%s\r\n" % (MIB, b"x" * MIB)
    for _ in range(5):
        await endless.send(chunk)

    answer = await endless.answer()
    assert (answer.status, answer.error_code) == (413, "PAYLOAD_TOO_LARGE")
    assert [webhook.body for webhook in await published()] == [BODY]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "identity"])
async def test_any_content_encoding_is_refused(service, encoding):
    answer = await service.post(Content_Encoding=encoding)

    assert (answer.status, answer.error_code) == (415, "CONTENT_ENCODING_UNSUPPORTED")


async def test_a_body_that_comes_too_slowly_is_given_up(broker):
    async with ingress(broker, body_timeout=0.2) as service:
        client = await service.connect()
        await client.send(
            head("POST", PATH, {"Content-Length": "100", "X-Hub-Signature-256": signature(b"")}), b'{"a":'
        )

        answer = await client.answer()

        assert (answer.status, answer.error_code) == (408, "REQUEST_TIMEOUT")


async def test_a_caller_who_waits_for_100_continue_gets_it(service, published):
    client = await service.connect()
    given = {
        "Content-Length": str(len(BODY)),
        "Expect": "100-continue",
        "X-Hub-Signature-256": signature(BODY),
    }
    await client.send(head("POST", PATH, given))
    assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    await client.send(BODY)

    assert (await client.answer()).status == 200
    assert len(await published()) == 1


async def test_a_caller_who_leaves_half_way_publishes_nothing(service, published):
    client = await service.connect()
    await client.send(head("POST", PATH, {"Content-Length": "100", "X-Hub-Signature-256": signature(BODY)}), BODY)
    client.close()
    await client.writer.wait_closed()

    assert (await service.post()).status == 200
    assert len(await published()) == 1


async def test_many_webhooks_on_one_connection_are_answered_in_order(service, published):
    client = await service.connect()
    bodies = [json.dumps({"n": number}).encode() for number in range(30)]
    for body in bodies:
        await client.send(
            head("POST", PATH, {"Content-Length": str(len(body)), "X-Hub-Signature-256": signature(body)}), body
        )

    statuses = [(await client.answer()).status for _ in bodies]

    assert statuses == [200] * 30
    assert [webhook.body for webhook in await published()] == bodies


async def test_the_address_is_verified_with_the_right_token(service):
    answer = await service.get(f"{PATH}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=the%20token")

    assert (answer.status, answer.body) == (200, b"1158201444")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "query",
    [
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=",
        "hub.mode=subscribe&hub.challenge=1",
        "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=the%20token",
        "hub.challenge=1&hub.verify_token=the%20token",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=%ff%fe",
        "",
    ],
)
async def test_the_address_is_verified_with_nothing_else(service, query):
    answer = await service.get(f"{PATH}?{query}")

    assert (answer.status, answer.error_code) == (403, "WHATSAPP_VERIFICATION_FAILED")


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        (("PUT", PATH), 405, "METHOD_NOT_ALLOWED"),
        (("DELETE", PATH), 405, "METHOD_NOT_ALLOWED"),
        (("POST", f"{PATH}/nobody"), 404, "WHATSAPP_APP_UNKNOWN"),
        (("GET", f"{PATH}/nobody"), 404, "WHATSAPP_APP_UNKNOWN"),
        (("POST", f"{PATH}x"), 404, "WHATSAPP_APP_UNKNOWN"),
        (("GET", "/"), 404, "NOT_FOUND"),
        (("POST", "/webhooks"), 404, "NOT_FOUND"),
    ],
)
async def test_whatever_else_is_asked_is_refused_with_a_code(service, asked, status, code):
    answer = await service.request(*asked)

    assert (answer.status, answer.error_code) == (status, code)


async def test_each_app_has_its_own_path_secrets_and_token(broker, published, tmp_path):
    apps = {"shop": {"secrets": ["new", "old"], "verify_token": "shop-token"}, "bank": {"secrets": ["bank"]}}
    (tmp_path / "apps.json").write_text(json.dumps(apps))
    async with ingress(broker, apps_file=tmp_path / "apps.json") as service:
        statuses = {
            (name, secret): (await service.post(path=f"{PATH}/{name}", secret=secret)).status
            for name in ("shop", "bank", "nobody")
            for secret in ("new", "old", "bank", SECRET)
        }
        verified = [
            (await service.get(f"{PATH}/{name}?hub.mode=subscribe&hub.challenge=7&hub.verify_token={token}")).status
            for name, token in (("shop", "shop-token"), ("bank", "shop-token"), ("bank", ""), ("nobody", "x"))
        ]
        apps_published = sorted(webhook.app for webhook in await published())

    taken = {which for which, status in statuses.items() if status == 200}
    assert taken == {("shop", "new"), ("shop", "old"), ("bank", "bank")}
    assert {statuses["nobody", secret] for secret in ("new", SECRET)} == {404}
    assert statuses["bank", "new"] == 403
    assert verified == [200, 403, 403, 404]
    assert apps_published == ["bank", "shop", "shop"]


async def test_without_secrets_of_its_own_the_bare_path_is_unknown(broker, tmp_path):
    (tmp_path / "apps.json").write_text('{"shop": {"secrets": ["s"]}}')
    async with ingress(broker, apps_file=tmp_path / "apps.json", app_secrets=None) as service:
        assert (await service.post()).status == 404


async def test_health_and_metrics_are_served(service):
    await service.post()

    assert (await service.get("/livez")).status == 200
    assert (await service.get("/readyz")).status == 200
    metrics = (await service.get("/metrics")).body
    assert b'colomba_ingress_webhooks_total{status="200"}' in metrics


async def test_concurrent_webhooks_are_each_published_once(service, published):
    bodies = [json.dumps({"n": number}).encode() for number in range(300)]

    answers = await asyncio.gather(*(service.post(body) for body in bodies))

    assert {answer.status for answer in answers} == {200}
    assert sorted(webhook.body for webhook in await published()) == sorted(bodies)
