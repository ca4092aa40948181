"""A business that brings its number along from its own phone finds its chats and its address book here."""

import pytest

from sender_service.store import history
from sender_service.store.history import Filters
from tests.webhook_builders import AT, CUSTOMER, Inbound, payload, register, text_message, value

BUSINESS = "15550783881"
DAY = 86_400
DECLINED = {"code": 2593109, "title": "History sync is turned off by the business from the WhatsApp Business App"}


@pytest.fixture
async def inbound(pool):
    await register(pool)
    return Inbound(pool)


def wrote(body, at, *, by=CUSTOMER, status="READ", **more):
    return text_message(body, timestamp=str(at), **{"from": by}, history_context={"status": status}, **more)


def chats(*messages, customer=CUSTOMER, phase=0, progress=10, **more):
    chunk = {"metadata": {"phase": phase, "chunk_order": 1, "progress": progress},
             "threads": [{"id": customer, "messages": list(messages)}]}  # fmt: skip
    return payload(value(history=[chunk], **more), field="history")


def called(name, at=AT, phone=CUSTOMER):
    contact = {"phone_number": phone} | ({"full_name": name} if name else {})
    entry = {"type": "contact", "contact": contact, "action": "add" if name else "remove",
             "metadata": {"timestamp": str(at)}}  # fmt: skip
    return payload(value(state_sync=[entry]), field="smb_app_state_sync")


async def talk(inbound):
    """The one conversation as a list shows it, newest first."""
    conversation = await inbound.value("select id from conversations")
    async with inbound.pool.acquire() as conn:
        rows = await history.page(conn, 1, Filters(conversations=[conversation]), before=None, limit=50)
    return [(row["text"], row["direction"], row["status"]) for row in rows]


async def test_a_conversation_goes_on_where_the_phones_chat_ended(inbound):
    await inbound.take(payload(value([text_message("now")])))
    await inbound.take(chats(wrote("older", AT - 9 * DAY), wrote("answer", AT - 8 * DAY, by=BUSINESS), phase=0))
    await inbound.take(chats(wrote("oldest", AT - 100 * DAY), phase=1, progress=100))

    assert await talk(inbound) == [
        ("now", "inbound", "received"),
        ("answer", "outbound", "read"),
        ("older", "inbound", "received"),
        ("oldest", "inbound", "received"),
    ]


async def test_what_was_said_before_asks_for_nothing(inbound):
    await inbound.take(chats(wrote("old", AT), wrote("answer", AT + 1, by=BUSINESS)))

    conversation = await inbound.row("select * from conversations")
    assert (conversation["status"], conversation["unread_count"], conversation["window_expires_at"]) == (
        "closed",
        0,
        None,
    )
    assert conversation["last_message_text"] == "answer"
    assert await inbound.value("select count(*) from leads") == 0
    assert await inbound.value("select count(*) from lead_notes") == 0
    assert await inbound.value("select bool_and(is_read) from message_log")


async def test_one_event_tells_of_a_chunk_however_many_messages_it_brings(inbound):
    await inbound.take(chats(*(wrote(f"m{n}", AT + n) for n in range(300)), phase=1, progress=55))

    assert inbound.names() == ["account.alert"]
    told = inbound.told[0].data
    assert {name: told[name] for name in ("field", "alert", "messages", "phase", "progress")} == {
        "field": "history", "alert": "history", "messages": 300, "phase": 1, "progress": 55,
    }  # fmt: skip


async def test_a_business_that_keeps_its_chats_to_itself_is_told_once_with_metas_code(inbound):
    declined = payload(value(history=[{"errors": [DECLINED]}]), field="history")
    await inbound.take(declined, declined)

    assert [(event.name, event.data["alert"], event.data["codes"]) for event in inbound.told] == [
        ("account.alert", "errors", [2593109])
    ]
    assert await inbound.value("select count(*) from message_log") == 0


async def test_the_first_words_after_old_chats_reopen_the_conversation_with_a_lead(inbound):
    await inbound.take(chats(wrote("old", AT - DAY)))
    await inbound.take(payload(value([text_message("new")])))

    conversation = await inbound.row("select * from conversations")
    assert (conversation["status"], conversation["unread_count"], conversation["last_message_text"]) == (
        "pending",
        1,
        "new",
    )
    assert await inbound.value("select array_agg(text) from lead_notes") == ["new"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_a_message_told_live_and_as_history_is_one_live_message(inbound, order):
    webhooks = [
        payload(value([text_message("hello", id="wamid.same")])),
        chats(wrote("hello", AT, id="wamid.same"), wrote("only then", AT - 5)),
    ]
    for index in order:
        await inbound.take(webhooks[index])

    row = await inbound.row("select * from message_log where external_id = 'wamid.same'")
    assert (row["source"], row["is_read"], row["id"] > 0) == (None, False, True)
    assert await inbound.value("select unread_count from conversations") == 1
    assert sorted(inbound.names()) == ["account.alert", "lead.created", "lead.linked", "message.received"]
    assert [text for text, *_ in await talk(inbound)] == ["hello", "only then"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_an_echo_told_as_history_too_stays_an_echo(inbound, order):
    echo = text_message("from the phone", id="wamid.echo", **{"from": BUSINESS}) | {"to": CUSTOMER}
    webhooks = [
        payload(value(message_echoes=[echo]), field="smb_message_echoes"),
        chats(wrote("from the phone", AT, by=BUSINESS, id="wamid.echo")),
    ]
    for index in order:
        await inbound.take(webhooks[index])

    row = await inbound.row("select source, direction, status from message_log")
    assert tuple(row.values()) == ("app", "outbound", "sent")
    assert await inbound.value("select status from conversations") == "active"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_a_file_takes_the_place_of_its_placeholder_whichever_comes_first(inbound, order):
    placeholder = {"id": "wamid.file", "from": CUSTOMER, "timestamp": str(AT), "type": "media_placeholder",
                   "history_context": {"status": "DELIVERED"}}  # fmt: skip
    image = placeholder | {"type": "image", "image": {"id": "m1", "caption": "the roof", "mime_type": "image/jpeg"}}
    webhooks = [chats(placeholder), payload(value([image], contacts=[]), field="history")]
    for index in order:
        await inbound.take(webhooks[index])

    assert tuple((await inbound.row("select type, text, direction from message_log")).values()) == (
        "image", "the roof", "inbound",
    )  # fmt: skip
    file = await inbound.row("select * from media_files")
    assert (file["meta_id"], file["status"]) == ("m1", "pending")
    assert await inbound.value("select message_id = last_message_id from media_files, conversations")
    assert await inbound.value("select last_message_text from conversations") == "the roof"


async def test_an_echoed_file_is_fetched(inbound):
    echo = text_message("", **{"from": BUSINESS}, to=CUSTOMER, type="image", image={"id": "m2"})
    await inbound.take(payload(value(message_echoes=[echo]), field="smb_message_echoes"))

    assert await inbound.value("select meta_id from media_files where status = 'pending'") == "m2"


async def test_a_further_status_counts_and_an_older_one_does_not(inbound):
    for status in ("SENT", "READ", "DELIVERED"):
        await inbound.take(chats(wrote("sent", AT, by=BUSINESS, id="wamid.s", status=status)))

    assert await inbound.value("select status from message_log") == "read"


async def test_the_words_of_old_chats_stand_in_their_rows_only(inbound):
    await inbound.take(chats(wrote("a secret", AT)), called("A secret name"))

    assert await inbound.value("select string_agg(raw::text, '') from account_events") != ""
    assert not await inbound.value("select string_agg(raw::text, '') ilike '%secret%' from account_events")


async def test_chats_of_a_number_nobody_registered_wait_for_it(inbound):
    await inbound.take(chats(wrote("early", AT)) | {"x": 1}, payload(value(history=[], number="999"), field="history"))
    stranger = chats(wrote("for later", AT))
    stranger["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "888"
    await inbound.take(stranger)
    assert await inbound.value("select outcome from webhook_log where phone_number_id = '888'") == "unclaimed_number"

    await register(inbound.pool, number="888", account="A8")
    await Inbound(inbound.pool).take(stranger)
    assert await inbound.value("select text from message_log where phone_number_id = '888'") == "for later"


async def test_statistics_count_what_passed_through_here(inbound):
    await inbound.take(chats(wrote("old", AT - DAY), wrote("answer", AT - DAY, by=BUSINESS)))
    await inbound.take(payload(value([text_message("new")])))

    counted = await inbound.rows(
        "select measure, count from count_messages(1, to_timestamp($1), to_timestamp($2))", AT - 2 * DAY, AT + DAY
    )
    assert counted == [{"measure": "received", "count": 1}]


async def test_a_contact_is_called_as_the_phone_calls_it_unless_an_operator_named_it(inbound):
    await inbound.take(payload(value([text_message("hi")])))
    await inbound.take(called("Anna from the gym", AT + 1))
    assert await inbound.value("select subject from conversations") == "WhatsApp: Anna from the gym"
    assert await inbound.value("select contact_name from inbox") == "Anna from the gym"
    assert await inbound.value("select name from address_book") == "Anna from the gym"

    await inbound.rows("update contacts set display_name = 'Ms Bianchi'")
    await inbound.take(called("Anna B.", AT + 2))
    contact = await inbound.row("select display_name, app_name, profile_name from contacts")
    assert tuple(contact.values()) == ("Ms Bianchi", "Anna B.", "Anna Bianchi")
    assert await inbound.value("select name from address_book") == "Ms Bianchi"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_the_address_books_last_word_by_metas_time_counts(inbound, order):
    words = [called("First", AT), called("Second", AT + 1), called(None, AT + 2)]
    await inbound.take(*(words[index] for index in order[:2]))
    assert await inbound.value("select app_name from contacts") == (None if 2 in order[:2] else "Second")
    await inbound.take(words[order[2]])

    assert await inbound.value("select app_name from contacts") is None
    await inbound.take(payload(value([text_message("hi")])))
    assert await inbound.value("select subject from conversations") == "WhatsApp: Anna Bianchi"


async def test_a_thousand_entries_of_an_address_book_are_one_change(inbound):
    entries = [called(f"Person {n}", phone=f"39333{n:07}") for n in range(1_000)]
    whole = payload(
        value(state_sync=[entry["entry"][0]["changes"][0]["value"]["state_sync"][0] for entry in entries]),
        field="smb_app_state_sync",
    )
    await inbound.take(whole)

    assert await inbound.value("select count(*) from contacts where app_name like 'Person %'") == 1_000
    assert await inbound.value("select count(*) from conversations") == 0
