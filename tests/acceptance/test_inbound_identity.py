"""One person, one contact: whatever identifiers Meta happens to name, and when they change."""

from itertools import permutations

import pytest

from sender_service.store.database import Pool
from tests.webhook_builders import AT, CUSTOMER, NUMBER, Inbound, payload, register, text_message, value

USER = "IT.anna123"
NEW_NUMBER = "393339999999"


@pytest.fixture
async def inbound(pool: Pool) -> Inbound:
    await register(pool)
    return Inbound(pool)


def said(body, at=0, *, phone=None, user=None, name=None, number=NUMBER):
    """A message of somebody known by phone, user id or both."""
    item = text_message(body, timestamp=str(AT + at))
    entry = {}
    del item["from"]
    if phone:
        item["from"] = entry["wa_id"] = phone
    if user:
        item["from_user_id"] = entry["user_id"] = user
    if name:
        entry["profile"] = {"name": name}
    return payload(value([item], contacts=[entry], number=number))


def changed(at, *, old, new=None, new_user=None, old_user=None):
    system = {"type": "user_changed_number" if new else "user_changed_user_id", "body": "changed"}
    if new:
        system["wa_id"] = new
    if new_user:
        system |= {"user_id": new_user, "previous_user_id": old_user}
    item = {"from": old, "id": f"wamid.change{at}{old}", "timestamp": str(AT + at), "type": "system", "system": system}
    return payload(value([item], contacts=[]))


async def people(inbound):
    """Who there is, with what they wrote, whatever the ids of the rows."""
    rows = await inbound.rows(
        "select c.phone, c.bsuid, c.profile_name, array(select m.text from message_log m where m.contact_id = c.id"
        " and m.type = 'text' order by m.text) as said,"
        " (select count(*) from conversations v where v.contact_id = c.id) as conversations,"
        " (select sum(unread_count) from conversations v where v.contact_id = c.id) as unread,"
        " (select max(v.last_message_text) from conversations v where v.contact_id = c.id) as last,"
        " (select count(*) from lead_links l where l.contact_id = c.id) as leads"
        " from contacts c where c.merged_into is null order by 1, 2"
    )
    return [tuple(row.values()) for row in rows]


async def test_a_person_without_a_phone_number_is_a_contact_with_a_lead(inbound):
    await inbound.take(said("hi", user=USER, name="Anna"))

    assert await people(inbound) == [(None, USER, "Anna", ["hi"], 1, 1, "hi", 1)]
    assert await inbound.value("select name from leads") == f"WhatsApp {USER}"


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_phone_and_user_id_turn_out_to_be_one_person_whatever_comes_first(inbound, order):
    webhooks = [
        said("a", 1, phone=CUSTOMER, name="Anna"),
        said("b", 2, user=USER, name="Anna B."),
        said("c", 3, phone=CUSTOMER, user=USER),
    ]
    for index in order:
        await inbound.take(webhooks[index])

    assert await people(inbound) == [(CUSTOMER, USER, "Anna B.", ["a", "b", "c"], 1, 3, "c", 1)]
    assert await inbound.value("select count(*) from lead_notes") == 3
    subjects = await inbound.rows("select subject from conversations")
    assert subjects == [{"subject": "WhatsApp: Anna B."}]


async def test_when_both_have_a_lead_the_older_stays_and_the_other_is_linked_as_merged(inbound):
    await inbound.take(said("b", user=USER))
    await inbound.take(said("a", phone=CUSTOMER))
    await inbound.take(said("c", phone=CUSTOMER, user=USER))

    links = await inbound.rows("select lead_id, reason from lead_links order by lead_id")
    oldest, other = (row["id"] for row in await inbound.rows("select id from leads order by id"))
    assert links == [{"lead_id": oldest, "reason": "created"}, {"lead_id": other, "reason": "merged"}]
    assert await inbound.value("select lead_id from message_log where text = 'c'") == oldest
    merged = [event for event in inbound.told if event.data.get("reason") == "merged"]
    assert [(event.name, event.data["lead_id"]) for event in merged] == [("lead.linked", other)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_changed_number_is_the_same_person_whatever_comes_first(inbound, order):
    webhooks = [said("old", 1, phone=CUSTOMER, name="Anna"), changed(2, old=CUSTOMER, new=NEW_NUMBER),
                said("new", 3, phone=NEW_NUMBER, name="Anna")]  # fmt: skip
    for index in order:
        await inbound.take(webhooks[index])

    assert await people(inbound) == [(NEW_NUMBER, None, "Anna", ["new", "old"], 1, 2, "new", 1)]
    assert await inbound.value("select wa_id from contacts where merged_into is null") == NEW_NUMBER


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_changed_user_id_is_the_same_person_whatever_comes_first(inbound, order):
    webhooks = [
        said("old", 1, user=USER),
        changed(2, old=CUSTOMER, new_user="IT.new", old_user=USER),
        said("new", 3, user="IT.new"),
    ]
    for index in order:
        await inbound.take(webhooks[index])

    assert await people(inbound) == [(CUSTOMER, "IT.new", None, ["new", "old"], 1, 2, "new", 1)]


async def test_a_number_that_changed_hands_is_a_stranger(inbound):
    await inbound.take(said("mine", 1, phone=CUSTOMER), changed(2, old=CUSTOMER, new=NEW_NUMBER))
    await inbound.take(said("a stranger's", 9, phone=CUSTOMER))
    await inbound.take(said("late, still mine", 1, phone=CUSTOMER))

    said_by = [(phone, texts) for phone, _, _, texts, *_ in await people(inbound)]
    assert said_by == [(CUSTOMER, ["a stranger's"]), (NEW_NUMBER, ["late, still mine", "mine"])]


async def test_two_user_ids_are_never_one_person_because_of_a_number(inbound):
    await inbound.take(said("first owner", 1, phone=CUSTOMER, user=USER))
    await inbound.take(said("second owner", 2, phone=CUSTOMER, user="IT.second"))
    await inbound.take(
        said("also second", 3, user="IT.second"), said("second again", 4, phone=CUSTOMER, user="IT.second")
    )

    said_by = {user: texts for _, user, _, texts, *_ in await people(inbound)}
    assert said_by == {USER: ["first owner"], "IT.second": ["also second", "second again", "second owner"]}
    assert await inbound.value("select count(*) from leads") == 2


async def test_who_moves_to_a_used_number_is_not_its_former_owner(inbound):
    await inbound.take(said("former owner", 1, phone=NEW_NUMBER, user="IT.former"))
    await inbound.take(said("mover", 2, phone=CUSTOMER, user=USER))
    await inbound.take(changed(3, old=CUSTOMER, new=NEW_NUMBER))
    await inbound.take(said("moved", 4, phone=NEW_NUMBER, user=USER), said("late", 1, phone=NEW_NUMBER))

    assert [(phone, user, texts) for phone, user, _, texts, *_ in await people(inbound)] == [
        (NEW_NUMBER, USER, ["moved", "mover"]),
        (None, "IT.former", ["former owner", "late"]),
    ]


async def test_a_new_user_id_seen_before_its_system_message_is_joined_by_it(inbound):
    await inbound.take(said("old", 1, phone=CUSTOMER, user=USER))
    await inbound.take(said("new", 3, phone=CUSTOMER, user="IT.new"))
    await inbound.take(changed(2, old=CUSTOMER, new_user="IT.new", old_user=USER))

    assert await people(inbound) == [(CUSTOMER, "IT.new", None, ["new", "old"], 1, 2, "new", 1)]


async def test_the_system_opens_no_window_and_leaves_nothing_unread(inbound):
    await inbound.take(changed(2, old=CUSTOMER, new=NEW_NUMBER))

    conversation = await inbound.row("select * from conversations")
    assert (conversation["unread_count"], conversation["window_expires_at"]) == (0, None)


@pytest.mark.parametrize(
    ("first", "second"),
    [("5511987654321", "551187654321"), ("5215512345678", "525512345678"), ("5491123456789", "541123456789")],
)
async def test_two_forms_of_one_number_are_one_person(inbound, first, second):
    await inbound.take(said("a", phone=first), said("b", phone=second))
    await inbound.take(said("c", phone=second))

    assert [row[3] for row in await people(inbound)] == [["a", "b", "c"]]
    assert await inbound.value("select wa_id from contacts") == max(first, second)


async def test_the_latest_name_by_metas_time_wins_and_never_overwrites_the_operators(inbound):
    await inbound.take(said("b", 5, phone=CUSTOMER, name="Anna New"))
    await inbound.take(said("a", 1, phone=CUSTOMER, name="Anna Old"))
    assert await inbound.value("select subject from conversations") == "WhatsApp: Anna New"

    await inbound.rows("update contacts set display_name = 'Ms Bianchi'")
    await inbound.take(said("c", 9, phone=CUSTOMER, name="Anna Newest"))
    contact = await inbound.row("select profile_name, display_name from contacts")
    assert tuple(contact.values()) == ("Anna Newest", "Ms Bianchi")
    assert await inbound.value("select subject from conversations") == "WhatsApp: Ms Bianchi"


async def test_merging_keeps_the_conversations_with_other_numbers(inbound, pool):
    await register(pool, number="222", account="A2")
    await inbound.rows(
        "update phone_numbers set organization_id = 1, business_account_id = $1 where id = '222'", "102290129340398"
    )
    await inbound.take(said("a", phone=CUSTOMER), said("b", user=USER, number="222"))
    await inbound.take(said("c", phone=CUSTOMER, user=USER))

    assert [row[3:5] for row in await people(inbound)] == [(["a", "b", "c"], 2)]
