"""Campaigns over HTTP: made, filled, started, paused, resumed, cancelled."""

from typing import Any

import pytest

from sender_service.sending.campaigns import feed
from sender_service.store.database import acquired
from tests.acceptance.api.conftest import ACCOUNT, NUMBER, Api

COMPONENTS = [{"type": "BODY", "text": "Hola {{1}}"}]


async def add_template(api: Api, name: str = "hola", language: str = "es_MX", status: str = "APPROVED") -> int:
    async with acquired(api.pool) as conn:
        template_id: int = await conn.fetchval(
            """insert into templates (organization_id, business_account_id, name, language, status, components)
               values ($1, $2, $3, $4, $5, $6) returning id""",
            api.organization, ACCOUNT, name, language, status, COMPONENTS,
        )  # fmt: skip
    return template_id


@pytest.fixture
async def approved(api: Api) -> int:
    return await add_template(api)


def campaign(**changes: Any) -> dict[str, Any]:
    people = ["+393331234567", "+393331234568", "+393331234569"]
    return {"name": "spring", "template": "hola", "variables": {"1": "amigo"}, "recipients": people} | changes


async def log(api: Api, columns: str) -> list[tuple[Any, ...]]:
    async with acquired(api.pool) as conn:
        return [tuple(row) for row in await conn.fetch(f"select {columns} from message_log order by id")]


async def test_a_campaign_is_made_fed_and_counted(api: Api, approved):
    made = (await api.post("/campaigns", campaign())).ok(201)
    assert (made["status"], made["total"], made["fed"], made["waiting"]) == ("running", 3, 0, 3)
    await feed(api.pool, api.runtime.accept)
    got = (await api.get(f"/campaigns/{made['id']}")).ok()
    assert (got["fed"], got["waiting"], got["messages"]) == (3, 0, {"queued": 3})
    listed = (await api.get("/campaigns?status=running")).ok()
    assert [row["id"] for row in listed["data"]] == [made["id"]]
    assert (await api.get(f"/messages?campaign_id={made['id']}")).ok()["total"] == 3


async def test_each_row_of_the_list_is_judged_and_duplicates_collapse(api: Api, approved):
    rows = [
        "+393331234567",
        {"to": "+39 333 123 4567", "variables": {"1": "Ada"}},
        "12",
        {"to": "+393331234568", "variables": {"2": "no such place"}},
        {"variables": {"1": "nobody"}},
        {"to": "+393331234569", "lead_id": 999},
        {"recipient": "US.13491208655302741918"},
    ]
    made = (await api.post("/campaigns", campaign(recipients=rows))).ok(201)
    report = made["report"]
    assert made["total"] == 2
    assert (report["rows"], report["added"], report["refused"], report["left_out"]) == (7, 2, 3, 2)
    assert [one["row"] for one in report["problems"]] == [3, 4, 5]
    assert not any("12" in one["problem"] for one in report["problems"]), "a value is never repeated"


async def test_variables_of_a_row_win_over_those_of_the_campaign(api: Api, approved):
    rows = ["+393331234567", {"to": "+393331234568", "variables": {"1": "Ada"}}]
    (await api.post("/campaigns", campaign(recipients=rows))).ok(201)
    await feed(api.pool, api.runtime.accept)
    said = [content["components"][0]["parameters"][0]["text"] for (content,) in await log(api, "content")]
    assert said == ["amigo", "Ada"]


async def test_an_audience_comes_from_leads_and_contacts_each_person_once(api: Api, approved):
    async with acquired(api.pool) as conn:
        await conn.execute(
            """insert into leads (organization_id, name, phone, status)
               values ($1, 'a', '393331234567', 'ACTIVE'), ($1, 'a again', '393331234567', 'ACTIVE'),
                      ($1, 'lost', '393331234568', 'LOST'), ($1, 'no phone', null, 'ACTIVE')""",
            api.organization,
        )
        await conn.execute(
            """insert into contacts (organization_id, phone, bsuid, tags, blocked)
               values ($1, '393331234567', null, '{vip}', false), ($1, '393331234570', null, '{vip,old}', false),
                      ($1, null, 'US.1', '{vip}', false), ($1, '393331234571', null, '{vip}', true)""",
            api.organization,
        )
    body = campaign(recipients=None, leads={"status": "ACTIVE"}, contacts={"tags": ["vip"]})
    made = (await api.post("/campaigns", body)).ok(201)
    assert made["total"] == 3
    await feed(api.pool, api.runtime.accept)
    assert await log(api, "recipient, lead_id is not null") == [
        ("393331234567", True), ("393331234570", False), ("US.1", False),
    ]  # fmt: skip


async def test_pause_resume_and_cancel(api: Api, approved):
    made = (await api.post("/campaigns", campaign())).ok(201)
    path = f"/campaigns/{made['id']}"
    paused = (await api.post(f"{path}/pause")).ok()
    assert (paused["status"], paused["pause_reason"]) == ("paused", "operator")
    assert await feed(api.pool, api.runtime.accept) == 0
    (await api.post(f"{path}/pause")).refused(409, "CONFLICT")
    assert (await api.post(f"{path}/resume")).ok()["status"] == "running"
    assert await feed(api.pool, api.runtime.accept) == 3
    cancelled = (await api.post(f"{path}/cancel")).ok()
    assert (cancelled["status"], cancelled["messages"]) == ("cancelled", {"cancelled": 3})
    (await api.post(f"{path}/resume")).refused(409, "CONFLICT")
    deeds = [row["action"] for row in (await api.get("/audit-log")).ok()["data"]]
    assert deeds == ["campaign.cancelled", "campaign.resumed", "campaign.paused", "campaign.created"]


async def test_a_campaign_can_begin_later(api: Api, approved):
    made = (await api.post("/campaigns", campaign(starts_at="2040-01-01T00:00:00Z"))).ok(201)
    assert made["status"] == "scheduled"
    assert await feed(api.pool, api.runtime.accept) == 0
    (await api.post(f"/campaigns/{made['id']}/pause")).ok()
    assert (await api.post(f"/campaigns/{made['id']}/resume")).ok()["status"] == "scheduled"


@pytest.mark.parametrize(
    ("kind", "upload"),
    [
        (
            "text/csv",
            "to,1,lead_id\n+393331234567,Ada,\n\n12,Bo,\n+393331234568,,\n+393331234567,Ada,\n+1,x,nonsense\n",
        ),
        (
            "application/x-ndjson",
            '{"to":"+393331234567"}\n{"to":"12"}\n"+393331234568"\n"+39 3331234567"\nnonsense\n',
        ),
    ],
)
async def test_a_draft_is_filled_by_an_upload(api: Api, approved, kind, upload):
    made = (await api.post("/campaigns", campaign(recipients=None, draft=True))).ok(201)
    path = f"/campaigns/{made['id']}"
    filled = (await api.call("POST", path, data=upload, headers={"Content-Type": kind})).ok()
    assert filled["total"] == 2
    report = filled["report"]
    assert (report["rows"], report["added"], report["refused"], report["left_out"]) == (5, 2, 2, 1)
    assert [one["row"] for one in report["problems"]] == [2, 5]
    assert (await api.post(f"{path}/resume")).ok()["status"] == "running"
    again = await api.call("POST", path, data=upload, headers={"Content-Type": kind})
    again.refused(409, "CONFLICT")


async def test_an_upload_of_another_kind_is_refused(api: Api, approved):
    made = (await api.post("/campaigns", campaign(draft=True))).ok(201)
    (await api.post(f"/campaigns/{made['id']}", {"to": "+393331234567"})).refused(415, "UNSUPPORTED_MEDIA_TYPE")
    long_line = await api.call(
        "POST", f"/campaigns/{made['id']}", data=b"x" * 300_000, headers={"Content-Type": "text/csv"}
    )
    long_line.refused(400, "BAD_REQUEST")


async def test_the_same_request_twice_makes_one_campaign(api: Api, approved):
    headers = {"Idempotency-Key": "spring-1"}
    first = (await api.post("/campaigns", campaign(), headers=headers)).ok(201)
    again = (await api.post("/campaigns", campaign(), headers=headers)).ok(201)
    assert again == first
    other = await api.post("/campaigns", campaign(name="autumn"), headers=headers)
    other.refused(409, "IDEMPOTENCY_CONFLICT")
    assert (await api.get("/campaigns")).ok()["total"] == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"template": "unheard_of"}, "template"),
        ({"template": "waiting"}, "template"),
        ({"template": "twice"}, "language"),
        ({"template_id": 1}, "body"),
        ({"phone_number_id": "1"}, "phone_number_id"),
        ({"recipients": []}, "recipients"),
        ({"recipients": ["12"]}, "recipients"),
        ({"recipients": None, "contacts": {}, "variables": {}}, "variables"),
        ({"share": 0}, "share"),
        ({"failure_limit": 2}, "failure_limit"),
        ({"starts_at": "2040-01-01T00:00:00"}, "starts_at"),
        ({"unheard_of": 1}, "unheard_of"),
    ],
)
async def test_what_cannot_be_a_campaign_is_refused_naming_the_field(api: Api, approved, changes, field):
    await add_template(api, "waiting", status="PENDING")
    await add_template(api, "twice")
    await add_template(api, "twice", "en_US")
    problem = (await api.post("/campaigns", campaign(**changes))).refused(422, "VALIDATION_FAILED")
    assert problem["errors"][0]["field"] == field
    assert (await api.get("/campaigns")).ok()["total"] == 0


async def test_campaigns_of_another_organization_do_not_exist(api: Api, approved):
    made = (await api.post("/campaigns", campaign())).ok(201)
    other = api.as_("OTHER")
    (await other.get(f"/campaigns/{made['id']}")).refused(404, "NOT_FOUND")
    for deed in ("", "/pause", "/resume", "/cancel"):
        answered = await other.call(
            "POST", f"/campaigns/{made['id']}{deed}", data="to\n", headers={"Content-Type": "text/csv"}
        )
        answered.refused(404, "NOT_FOUND")
    foreign = await other.post("/campaigns", campaign(phone_number_id=NUMBER))
    foreign.refused(422, "VALIDATION_FAILED")


async def test_a_seller_sees_campaigns_and_changes_none(api: Api, approved):
    made = (await api.post("/campaigns", campaign())).ok(201)
    seller = api.as_("SELLER")
    (await seller.get(f"/campaigns/{made['id']}")).ok()
    (await seller.post("/campaigns", campaign())).refused(403, "FORBIDDEN")
    (await seller.post(f"/campaigns/{made['id']}/cancel")).refused(403, "FORBIDDEN")


async def test_a_list_of_twenty_thousand_is_taken_in_pieces(api: Api, approved):
    people = [f"+39333{number:07d}" for number in range(20_000)]
    made = (await api.post("/campaigns", campaign(recipients=people))).ok(201)
    assert made["total"] == 20_000
