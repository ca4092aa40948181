"""What is said is said, never run: fragments of SQL, headers, shells and templates in every place a string may stand.

COLOMBA_FUZZ_EXAMPLES puts more of them into each place.
"""

import asyncio
import os
from collections.abc import Iterator
from itertools import cycle, islice
from time import monotonic
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from sender_service.api.examples import example
from sender_service.api.openapi import openapi
from sender_service.api.route import Route
from sender_service.api.routes import PREFIX, ROUTES
from sender_service.store.database import acquired
from tests.acceptance.api.conftest import Answered, Api
from tests.acceptance.api.test_every_route import label
from tests.acceptance.api.test_other_organization import naming
from tests.acceptance.api.things import made

PER_PLACE = int(os.environ.get("COLOMBA_FUZZ_EXAMPLES", "6"))
DOCUMENT = openapi(ROUTES, PREFIX)
AT_ONCE = 8
SQL = [
    "'", "''", '"', "\\", "%", "_", "' or '1'='1", "1 or 1=1", "'; drop table colomba.message_log; --",
    "' union select null--", "1); select pg_sleep(9)--", "'||(select pg_sleep(9))||'", "') or pg_sleep(9) is null--",
    "$$; select pg_sleep(9); $$", "\\'; select pg_sleep(9); --", "admin'/*", "1;commit;drop schema colomba cascade;--",
    "{1,2}", "(,)", "\\x00", "'::bytea", "2026-11-21'", "infinity", "-infinity", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z", "NaN", "9" * 400, "-1", "1e400",
]  # fmt: skip
HEADERS = [
    "x\r\nX-Injected: 1", "x\nX-Injected: 1", "x\rX-Injected: 1", "x%0d%0aX-Injected: 1", "x\u560d\u560aX-Injected: 1",
    'x"; filename="evil.exe', "x\u2028X-Injected: 1", "x\u0085X-Injected: 1",
]  # fmt: skip
OTHERS = [
    "\x00", "a\x00b", "\x7f", "\u202e", "\ufeff", "\u20ac" * 50, "\u00e9" * 2_000, "../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd", "C:\\x", "{{7*7}}", "${jndi:ldap://127.0.0.1/x}", "$(sleep 9)", "`sleep 9`",
    "<script>alert(1)</script>", "=1+1", "@SUM(A1)", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd",
]  # fmt: skip
CORPUS = SQL + HEADERS + OTHERS


def strings(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a body a string stands, or may stand as well."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from strings(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from strings(inner, (*path, place))
    else:
        yield path


def put(value: Any, path: tuple[Any, ...], payload: str) -> Any:
    changed = orjson.loads(orjson.dumps(value))
    if not path:
        return payload
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = payload
    return changed


def places(route: Route, path: str) -> Iterator[Any]:
    """Functions of a payload that give the options of one request, for each place in it."""
    operation = DOCUMENT["paths"][PREFIX + route.path][route.method.lower()]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    schemas = DOCUMENT["components"]["schemas"]
    body = [] if content is None else [{"json": example(content["schema"], schemas)}]
    options: dict[str, Any] = body[0] if body else {}
    for parameter in operation["parameters"]:
        if parameter["in"] == "query":
            yield lambda payload, name=parameter["name"]: (path, options | {"params": {name: payload}})
    if "{" in route.path:
        yield lambda payload: (route.path.replace("{id}", quote(payload[:300], safe="")), options)
    for where in strings(body[0]["json"]) if body else ():
        yield lambda payload, where=where: (path, {"json": put(options["json"], where, payload)})


async def tables(api: Api) -> set[str]:
    async with acquired(api.pool) as conn:
        return {row["relname"] for row in await conn.fetch("select relname from pg_class where relkind in ('r', 'p')")}


@pytest.mark.timeout(40 + 20 * PER_PLACE)
async def test_no_string_anywhere_is_run(api: Api):
    things, before, wrong = await made(api), await tables(api), []
    payloads, gate = cycle(CORPUS), asyncio.Semaphore(AT_ONCE)

    async def tried(route: Route, path: str, options: dict[str, Any]) -> None:
        async with gate:
            since = monotonic()
            answered: Answered = await api.call(route.method, path, **options)
        if answered.status >= 500 or monotonic() - since > 6 or "X-Injected" in answered.headers:
            wrong.append((label(route), path, options, answered.status))

    async with asyncio.TaskGroup() as group:
        for route in ROUTES:
            # A stream has no end; what closes or locks the caller out would end the test.
            if route.path in {"/events", "/organization/transfer"} or route.method == "DELETE":
                continue
            path = naming(route, things) if "{" in route.path else route.path
            for place in places(route, path):
                for payload in islice(payloads, PER_PLACE):
                    group.create_task(tried(route, *place(payload)))
    assert wrong == []
    assert await tables(api) == before
    assert (await api.as_("OTHER").get("/organization")).ok()["name"] == "other"


@pytest.mark.parametrize("payload", ["'; drop table x; --", "x\r\nX-Injected: 1", "{{7*7}}", "<b>", "\u202e🙂"])
async def test_what_is_written_comes_back_as_it_was(api: Api, payload):
    lead = (await made(api))["leads"]
    written = (await api.post(f"/leads/{lead}/notes", {"text": payload})).ok(201)
    assert written["text"] == payload
    assert (await api.get(f"/leads/{lead}/notes")).ok()["data"][0]["text"] == payload


@pytest.mark.parametrize(
    "header", ["Idempotency-Key", "X-Organization-Id", "Authorization", "Last-Event-ID", "Content-Type"]
)
@pytest.mark.parametrize("value", ["x\ty", "é", "\x80", "a" * 7_000, "'; drop table x; --", ",", '"'])
async def test_a_strange_header_is_refused_or_ignored(api: Api, header, value):
    path = "/messages" if header != "Last-Event-ID" else "/messages/1"
    body = b'{"to": "+393331234567", "type": "text", "text": {"body": "x"}}'
    headers = {"Content-Type": "application/json", header: value}
    answered = await api.call("POST", path, data=body, headers=headers)
    assert answered.status in {202, 400, 401, 403, 405, 415, 422}, answered.body


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000, b'{"a":' * 100_000, b"[" * 1_000 + b"]" * 1_000, b'{"to": ' + b"9" * 5_000 + b"}",
        b'{"to": 1e999}', b"NaN", b'{"type": "\\ud800"}', b'{"type": "text", "type": "image"}', b'"text"', b"null",
        b"\xff\xfe{}", b"\xef\xbb\xbf{}", b'{"\\u0000": 1}', b'{"to": "\\u0000"}',
    ],
)  # fmt: skip
async def test_a_body_that_is_hardly_json_is_refused(api: Api, body):
    headers = {"Content-Type": "application/json"}
    for path in ("/messages", "/messages/bulk", "/campaigns", "/pipelines"):
        answered = await api.call("POST", path, data=body, headers=headers)
        assert answered.status in {400, 422}, (path, answered.status, answered.body)
