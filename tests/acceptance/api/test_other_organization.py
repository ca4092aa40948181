"""What belongs to one organization does not exist for another: every route that names something is asked for it."""

import re
from typing import Any

import pytest

from sender_service.api.examples import example
from sender_service.api.openapi import openapi
from sender_service.api.route import Route
from sender_service.api.routes import PREFIX, ROUTES
from sender_service.store.database import acquired
from tests.acceptance.api.conftest import NUMBER, Api
from tests.acceptance.api.test_every_route import label
from tests.acceptance.api.things import PERSON, made

NAMING = [route for route in ROUTES if "{" in route.path]
DOCUMENT = openapi(ROUTES, PREFIX)
CSV = {"data": b"to\n+393331234567\n", "headers": {"Content-Type": "text/csv"}}


@pytest.fixture
async def things(api: Api) -> dict[str, Any]:
    return await made(api)


def options(route: Route) -> dict[str, Any]:
    """A body that the route would take."""
    content = DOCUMENT["paths"][PREFIX + route.path][route.method.lower()].get("requestBody", {}).get("content", {})
    if "text/csv" in content:
        return CSV
    if "application/json" not in content:
        return {}
    return {"json": example(content["application/json"]["schema"], DOCUMENT["components"]["schemas"])}


def naming(route: Route, things: dict[str, Any]) -> str:
    return route.path.replace("{id}", str(things[route.path.split("/")[1]]))


async def rows_of(api: Api) -> dict[str, str]:
    """A hash of everything the first organization has, table by table."""
    async with acquired(api.pool) as conn:
        tables = await conn.fetch(
            """select distinct c.relname from pg_class c
               join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
               where c.relnamespace = 'colomba'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition"""
        )
        statement = (
            "select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {} t where organization_id = $1"
        )
        return {
            row["relname"]: await conn.fetchval(statement.format(row["relname"]), api.organization) for row in tables
        }


@pytest.mark.timeout(60)
async def test_what_another_organization_has_answers_like_what_does_not_exist(api: Api, things):
    before, told = await rows_of(api), []
    for route in NAMING:
        real = await api.as_("OTHER").call(route.method, naming(route, things), **options(route))
        none = await api.as_("OTHER").call(
            route.method, re.sub(r"\{[a-z_]+\}", "987654321", route.path), **options(route)
        )
        shown, of_nothing = real.json() | {"instance": ""}, none.json() | {"instance": ""}
        # 422: the example's body names a user who does not exist either.
        if real.status not in {404, 422} or shown != of_nothing:
            told.append((label(route), real.status, shown, of_nothing))
    assert told == []
    assert await rows_of(api) == before


@pytest.mark.timeout(60)
async def test_the_same_names_are_known_at_home(api: Api, things):
    """Else the test above would prove nothing."""
    unknown = []
    for route in sorted(NAMING, key=lambda route: (route.method == "DELETE", route.path.endswith("erase"))):
        answered = await api.call(route.method, naming(route, things), **options(route))
        if answered.status == 404 or answered.status >= 500:
            unknown.append((label(route), answered.status, answered.body))
    assert unknown == []


@pytest.mark.timeout(60)
async def test_a_body_cannot_point_into_another_organization(api: Api, things):
    """An id that stands in a body or query is looked for in the key's own organization only."""
    other = api.as_("OTHER")
    text = {"to": PERSON, "type": "text", "text": {"body": "x"}}
    template = {"name": "hello_world", "language": {"code": "en_US"}}
    bulk = {"message": {"type": "text", "text": {"body": "x"}}}
    refused = [
        ("POST", "/messages", text | {"phone_number_id": NUMBER}),
        ("POST", "/messages", text | {"lead_id": things["leads"]}),
        ("POST", "/messages", text | {"campaign_id": things["campaigns"]}),
        ("POST", "/messages/bulk", bulk | {"recipients": [{"to": PERSON}], "phone_number_id": NUMBER}),
        ("POST", "/templates/send", {"template_id": things["templates"], "to": PERSON}),
        ("POST", "/templates/send", {"name": "hello_world", "to": PERSON}),
        ("POST", "/campaigns", {"name": "c", "template_id": things["templates"], "recipients": [PERSON]}),
        ("POST", "/templates/sync", {"business_account_id": "102290129340398"}),
        ("POST", "/organization/transfer", {"user_id": things["users"]}),
    ]
    for method, path, body in refused:
        answered = await other.call(method, path, json=body)
        assert answered.status == 422, (method, path, body, answered.body)
    rows = {"recipients": [{"lead_id": things["leads"]}, {"contact_id": things["contacts"]}]}
    report = (await other.post("/messages/bulk", bulk | rows)).ok(202)
    assert [row["status"] for row in report["rows"]] == ["refused", "refused"]
    # A message of theirs may name a template that only the other organization has: Meta decides, nothing is read here.
    (await other.post("/messages", {"to": PERSON, "type": "template", "template": template})).ok(202)
    for field in ("contact_id", "lead_id", "conversation_id", "campaign_id"):
        noun = field.removesuffix("_id") + "s"
        answered = (await other.get(f"/messages?{field}={things[noun]}")).ok()
        assert answered["total"] == 0, field
    letters = {"ids": [things["dead-letters"]]}
    assert (await other.post("/dead-letters/replay", letters)).ok()["selected"] == []
    assert (await other.post("/dead-letters/discard", letters | {"confirm": "discard"})).ok() == {"discarded": []}
    assert (await api.get(f"/dead-letters/{things['dead-letters']}")).ok()["status"] == "open"
