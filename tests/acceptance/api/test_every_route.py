"""Every route, for every role, in its own organization, in another, without a key and with one that is over."""

import re
from typing import Any

import pytest

from sender_service.access import Role
from sender_service.api.route import Route
from sender_service.api.routes import ROUTES
from sender_service.store.database import acquired
from tests.acceptance.api.conftest import Api

ALLOWED = {200, 201, 202, 204, 400, 404, 409, 415, 422}
CALLERS = [role.name for role in Role]
AGREED = {
    "SELLER": [
        "POST /messages", "GET /messages", "GET /messages/{id}", "POST /messages/{id}/cancel", "POST /templates/send",
        "GET /conversations", "GET /conversations/{id}/messages", "PATCH /conversations/{id}/mark-read",
        "GET /contacts", "GET /contacts/{id}", "PATCH /contacts/{id}",
        "GET /leads", "GET /leads/{id}", "GET /leads/{id}/notes", "POST /leads/{id}/notes",
        "GET /templates", "GET /templates/{id}", "POST /media", "GET /media/{id}",
        "GET /numbers", "GET /numbers/{id}", "GET /numbers/{id}/profile", "GET /campaigns", "GET /campaigns/{id}",
        "GET /pipelines", "GET /pipelines/{id}", "GET /organization", "GET /stats", "GET /events", "GET /health",
    ],
    "MANAGER": [
        "POST /messages/bulk", "GET /messages/export", "POST /messages/{id}/resend", "POST /messages/{id}/resolve",
        "PATCH /conversations/{id}/assign", "PATCH /leads/{id}",
        "POST /templates", "POST /templates/sync", "PATCH /templates/{id}", "DELETE /templates/{id}",
        "POST /campaigns", "POST /campaigns/{id}", "POST /campaigns/{id}/pause", "POST /campaigns/{id}/resume",
        "POST /campaigns/{id}/cancel", "POST /pipelines", "PATCH /pipelines/{id}",
        "GET /dead-letters", "GET /dead-letters/groups", "GET /dead-letters/{id}", "POST /dead-letters/replay",
        "POST /dead-letters/discard", "GET /webhooks", "POST /webhooks/replay",
    ],
    "ADMIN": [
        "GET /contacts/{id}/export", "POST /contacts/{id}/erase", "PATCH /organization", "GET /audit-log",
        "POST /numbers", "PATCH /numbers/{id}", "POST /numbers/{id}/pause", "POST /numbers/{id}/resume",
        "POST /numbers/{id}/token", "POST /numbers/{id}/test", "POST /numbers/{id}/subscribe",
        "GET /api-keys", "POST /api-keys", "DELETE /api-keys/{id}",
        "GET /users", "GET /users/{id}", "POST /users", "PATCH /users/{id}",
    ],
    "OWNER": ["DELETE /organization", "POST /organization/transfer"],
}  # fmt: skip


def path_of(route: Route) -> str:
    """With an id that nothing has: what a role may not do is refused before it is looked for."""
    return re.sub(r"\{[a-z_]+\}", "987654321", route.path)


def label(route: Route) -> str:
    return f"{route.method} {route.path}"


async def called(api: Api, route: Route, who: str) -> int:
    """The status of a call with a body that is JSON and means nothing."""
    options: dict[str, Any] = {} if route.method in {"GET", "DELETE"} else {"json": {}}
    api.session.headers["Accept"] = "application/json"
    async with api.session.request(
        route.method,
        f"{api.base}/api/v1{path_of(route)}",
        headers={"Authorization": f"Bearer {api.keys[who]}"},
        **options,
    ) as response:
        return response.status


@pytest.mark.timeout(120)
async def test_a_route_answers_exactly_the_roles_of_its_table(api: Api):
    wrong = []
    for route in ROUTES:
        for who in CALLERS:
            status = await called(api, route, who)
            allowed = Role[who] >= route.role
            if (status in ALLOWED) != allowed or (not allowed and status != 403):
                wrong.append((label(route), who, status))
    assert wrong == []


@pytest.mark.timeout(120)
async def test_no_route_answers_without_a_key_or_with_one_that_is_over(api: Api):
    api.keys |= {"none": "", "nonsense": "clb_1_2"}
    async with acquired(api.pool) as conn:
        await conn.execute("update api_keys set expires_at = now() where name in ('SELLER', 'OWNER')")
    for who in ("none", "nonsense", "SELLER", "OWNER"):
        statuses = {label(route): await called(api, route, who) for route in ROUTES}
        assert {name: status for name, status in statuses.items() if status != 401} == {}


@pytest.mark.timeout(120)
async def test_naming_another_organization_is_refused_everywhere(api: Api):
    headers = {"Authorization": f"Bearer {api.keys['OTHER']}", "X-Organization-Id": str(api.organization)}
    for route in ROUTES:
        url = f"{api.base}/api/v1{path_of(route)}"
        async with api.session.request(route.method, url, headers=headers) as response:
            assert response.status == 403, label(route)


def test_the_table_of_roles_is_the_one_that_was_agreed():
    """Written out by hand: a route that is new, is gone or changes its role changes this list too."""
    assert {label(route): route.role.name for route in ROUTES} == {
        name: role for role, names in AGREED.items() for name in names
    }


def test_no_two_routes_are_the_same():
    names = [label(route) for route in ROUTES]
    assert len(names) == len(set(names))


async def test_row_level_security_covers_every_table_of_an_organization(api: Api):
    async with acquired(api.pool) as conn:
        open_tables = await conn.fetch(
            """select c.relname from pg_class c
               join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
               where c.relnamespace = 'colomba'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
                 and not (c.relrowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))"""
        )
    assert [row["relname"] for row in open_tables] == []


async def test_the_second_wall_holds_when_a_query_forgets_the_organization(api: Api):
    from sender_service.store.tenancy import acting

    message = {"to": "+393331234567", "type": "text", "text": {"body": "mine"}}
    (await api.post("/messages", message)).ok(202)
    async with acting(api.pool, api.organization) as conn:
        assert await conn.fetchval("select count(*) from message_log") == 1
        assert await conn.fetchval("select count(*) from organizations") == 1
    async with acting(api.pool, api.organization + 1) as conn:
        assert await conn.fetchval("select count(*) from message_log") == 0
        assert await conn.fetchval("select count(*) from messages") == 0
        assert await conn.execute("update message_log set text = 'theirs'") == "UPDATE 0"
    async with acquired(api.pool) as conn:
        assert await conn.fetchval("select text from message_log") == "mine", "the connection is itself again"
