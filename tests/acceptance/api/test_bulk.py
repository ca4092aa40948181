"""One message to many: each row judged, nothing sent for a refused one, nobody twice."""

import pytest

from sender_service.store.database import acquired
from tests.acceptance.api.conftest import NUMBER, OTHER_NUMBER, Api

TWO_CONTENTS = b'{"recipients": [{}], "message": {}, "template": {"name": "a"}}'
NO_SUCH_TEMPLATE = b'{"recipients": [{"to": "+393332222222"}], "template": {"name": "a"}}'
TEXT = {"type": "text", "text": {"body": "We are closed today."}}


@pytest.fixture
async def people(api: Api) -> dict[str, int]:
    (await api.post(f"/numbers/{NUMBER}/token", {"token": "EAA-token"})).ok()
    (await api.post("/templates/sync")).ok()
    async with acquired(api.pool) as conn:
        org = api.organization
        insert = "insert into leads (organization_id, name, phone) values ($1, 'L', $2) returning id"
        lead = await conn.fetchval(insert, org, "393331111111")
        mute = await conn.fetchval(insert, org, None)
        foreign = await conn.fetchval(insert, org + 1, "393339999999")
        contact = await conn.fetchval(
            "insert into contacts (organization_id, bsuid) values ($1, 'IT.abcdef') returning id", org
        )
    return {"lead": lead, "mute": mute, "foreign": foreign, "contact": contact}


async def test_leads_contacts_and_phones_get_one_message_each_in_the_bulk_lane(api: Api, people):
    recipients = [
        {"lead_id": people["lead"]},
        {"contact_id": people["contact"]},
        {"to": "+393332222222"},
        {"to": "+39 333 222 2222"},
        {"to": "393331111111"},
        {"to": "12"},
        {"lead_id": people["mute"]},
        {"lead_id": people["foreign"]},
        {},
        {"to": "+393333333333", "colour": "red"},
    ]
    report = (await api.as_("MANAGER").post("/messages/bulk", {"message": TEXT, "recipients": recipients})).ok(202)
    assert (report["accepted"], report["refused"], report["duplicates"]) == (3, 5, 2)
    statuses = [row["status"] for row in report["rows"]]
    assert statuses[3:5] == ["duplicate", "duplicate"]
    assert statuses[5:] == ["refused"] * 5
    assert [row["row"] for row in report["rows"]] == list(range(1, 11))
    async with acquired(api.pool) as conn:
        rows = await conn.fetch("select lane, recipient, lead_id from message_log order by id")
    assert {row["lane"] for row in rows} == {"bulk"}
    assert [row["recipient"] for row in rows] == ["393331111111", "IT.abcdef", "393332222222"]
    assert rows[0]["lead_id"] == people["lead"]


async def test_repeating_a_list_under_its_key_sends_nothing_twice(api: Api, people):
    body = {"message": TEXT, "recipients": [{"to": "+393332222222"}, {"to": "+393332222223"}]}
    headers = {"Idempotency-Key": "monday"}
    first = (await api.post("/messages/bulk", body, headers=headers)).ok(202)
    async with acquired(api.pool) as conn:
        await conn.execute("update message_log set status = 'sent', status_updated_at = now()")
    again = (await api.post("/messages/bulk", body, headers=headers)).ok(202)
    assert again == first
    assert (await api.get("/messages")).ok()["total"] == 2


async def test_another_list_under_the_same_key_is_a_conflict(api: Api, people):
    headers = {"Idempotency-Key": "monday"}
    body = {"message": TEXT, "recipients": [{"to": "+393332222222"}]}
    (await api.post("/messages/bulk", body, headers=headers)).ok(202)
    body["recipients"] = [{"to": "+393332222222"}, {"to": "+393332222223"}]
    (await api.post("/messages/bulk", body, headers=headers)).refused(409, "IDEMPOTENCY_CONFLICT")
    assert (await api.get("/messages")).ok()["total"] == 1


async def test_a_national_number_is_the_same_person_as_its_international_form(api: Api, people):
    """The country is the one sending reads such a number by: the installation's, the number's or the organization's."""
    async with acquired(api.pool) as conn:
        await conn.execute("update phone_numbers set country = null")
    (await api.patch("/organization", {"default_country": "IT"})).ok()
    recipients = [{"to": "+393332222222"}, {"to": "333 222 2222"}]
    report = (await api.post("/messages/bulk", {"message": TEXT, "recipients": recipients})).ok(202)
    assert [row["status"] for row in report["rows"]] == ["queued", "duplicate"]


async def test_a_list_from_a_number_of_others_is_refused_as_a_whole(api: Api, people):
    body = {"message": TEXT, "recipients": [{"to": "+393332222222"}], "phone_number_id": OTHER_NUMBER}
    problem = (await api.post("/messages/bulk", body)).refused(422, "VALIDATION_FAILED")
    assert problem["errors"][0]["field"] == "phone_number_id"


async def test_a_csv_file_fills_a_template_from_its_columns(api: Api, people):
    text = "\ufeffto,1,2\n+393332222222,Ada,17\n+393332222223,Bo\n,Cleo,19\n+393332222225,Dan,20,surplus\n"
    answer = await api.as_("MANAGER").call(
        "POST", "/messages/bulk?template=order_ready", data=text.encode(), headers={"Content-Type": "text/csv"}
    )
    report = answer.ok(202)
    assert [row["status"] for row in report["rows"]] == ["queued", "refused", "refused", "queued"]
    assert "variables" in report["rows"][1]["problem"]
    message = (await api.get(f"/messages/{report['rows'][0]['id']}")).ok()
    assert [one["text"] for one in message["content"]["components"][0]["parameters"]] == ["Ada", "17"]


@pytest.mark.parametrize(
    ("data", "content_type", "query", "status", "code"),
    [
        (b"to\n+393332222222\n", "text/csv", "", 422, "VALIDATION_FAILED"),
        (b"to\n", "text/csv", "?template=hello_world", 422, "VALIDATION_FAILED"),
        (b"\xff\xfe", "text/csv", "?template=hello_world", 400, "BAD_REQUEST"),
        (b"to\n\x00\n", "text/csv", "?template=hello_world", 422, "VALIDATION_FAILED"),
        (b"to\n+393332222222\n", "text/plain", "", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"{}", "application/json", "", 422, "VALIDATION_FAILED"),
        (TWO_CONTENTS, "application/json", "", 422, "VALIDATION_FAILED"),
        (NO_SUCH_TEMPLATE, "application/json", "", 422, "VALIDATION_FAILED"),
    ],
)
async def test_a_list_that_cannot_be_read_is_refused_whole(
    api: Api, people, *, data, content_type, query, status, code
):
    headers = {"Content-Type": content_type}
    (await api.call("POST", f"/messages/bulk{query}", data=data, headers=headers)).refused(status, code)
    assert (await api.get("/messages")).ok()["total"] == 0


async def test_a_seller_sends_no_bulk(api: Api):
    (await api.as_("SELLER").post("/messages/bulk", {})).refused(403, "FORBIDDEN")


@pytest.mark.parametrize(
    "text",
    ["to,1,2\r+393332222222,Ada,17\r", "to;1;2\n+393332222222;Ada;17\n", 'to,1,2\r\n+393332222222,Ada,"17"\r\n'],
)
async def test_a_csv_file_of_any_spreadsheet_is_read(api: Api, people, text):
    headers = {"Content-Type": "text/csv"}
    sent = await api.call("POST", "/messages/bulk?template=order_ready", data=text.encode(), headers=headers)
    assert sent.ok(202)["accepted"] == 1


@pytest.mark.parametrize("path", ["/messages/bulk?template=order_ready", "/campaigns/{id}"])
@pytest.mark.parametrize(
    "text", ["to,1\n+393332222222," + "a" * 200_000, "to,1\r+39333,x\r", '"to\n', "\n\n", "", ",,,\n,,,"]
)
async def test_what_is_hardly_csv_never_breaks_anything(api: Api, people, path, text):
    draft = {"name": "c", "template": "order_ready", "variables": {"1": "a", "2": "b"}, "draft": True}
    campaign = (await api.post("/campaigns", draft)).ok(201)
    headers = {"Content-Type": "text/csv"}
    answered = await api.call("POST", path.replace("{id}", str(campaign["id"])), data=text.encode(), headers=headers)
    assert answered.status in {200, 202, 400, 422}, answered.body
