"""What a business brings along from its own phone: whose it is, who wrote it, and what is left over."""

import json
from datetime import UTC, datetime

import pytest

from sender_service.inbound.items import AccountChange
from sender_service.inbound.parse_app import echoes, entries, outline
from sender_service.inbound.parse_history import Past, distinct, past, richer, summary

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CUSTOMER, BUSINESS = "393331234567", "15550783881"
METADATA = {"display_phone_number": "+1 555-078-3881", "phone_number_id": "1"}


def change(field="history", **value):
    return AccountChange(0, "A", "1", field, {"metadata": METADATA, **value}, None, NOW)


def chats(*messages, customer=CUSTOMER, **metadata):
    return change(history=[{"metadata": metadata, "threads": [{"id": customer, "messages": list(messages)}]}])


def said(**changes):
    return {
        "id": "wamid.1",
        "from": CUSTOMER,
        "timestamp": "1750000000",
        "type": "text",
        "text": {"body": "hi"},
    } | changes


def only(found):
    (one,) = found
    return one


@pytest.mark.parametrize(
    ("message", "ours"),
    [
        (said(), False),
        (said(**{"from": BUSINESS}), True),
        (said(**{"from": "+" + BUSINESS}), True),
        (said(**{"from": "39999"}), False),
        (said(history_context={"from_me": True}), True),
        (said(**{"from": BUSINESS}, history_context={"from_me": False}), False),
        ({"id": "w", "to": CUSTOMER}, True),
        ({"id": "w"}, False),
    ],
)
def test_who_wrote_is_told_by_the_number_or_in_so_many_words(message, ours):
    told = only(past(chats(message)))
    assert (told.ours, told.message.sender.phone) == (ours, CUSTOMER)


def test_without_the_businesss_own_number_everybody_but_the_customer_is_the_business():
    told = chats(said(**{"from": BUSINESS}))._replace(
        value={"history": chats(said(**{"from": BUSINESS})).value["history"]}
    )
    assert only(past(told)).ours


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("PENDING", "sent"), ("SENT", "sent"), ("DELIVERED", "delivered"), ("read", "read"), ("PLAYED", "played"),
        ("ERROR", "failed"), ("OF_TOMORROW", "sent"), (None, "sent"), (7, "sent"),
    ],
)  # fmt: skip
def test_metas_word_for_where_a_message_stood(word, status):
    ours = said(**{"from": BUSINESS}, history_context={"status": word})
    assert only(past(chats(ours))).status == status
    assert only(past(chats(said(history_context={"status": word})))).status == "received"


def test_a_thread_is_kept_with_a_user_id_where_there_is_no_number():
    told = only(past(chats(said(**{"from": None}, from_user_id="IT.a"), customer="IT.a")))
    assert (told.message.sender.bsuid, told.message.sender.phone, told.ours) == ("IT.a", None, False)


@pytest.mark.parametrize(("message", "ours"), [(said(), False), (said(**{"from": BUSINESS}, to=CUSTOMER), True)])
def test_a_file_told_outside_a_thread_belongs_to_the_other_side(message, ours):
    told = only(past(change(messages=[message])))
    assert (told.ours, told.message.sender.phone) == (ours, CUSTOMER)


def test_a_message_keeps_what_meta_sent():
    told = only(past(chats(said(**{"from": BUSINESS}))))
    assert json.loads(told.message.raw) == said(**{"from": BUSINESS})
    assert told.message.warning is None


def test_a_chunk_is_summed_up():
    chunk = chats(said(), said(id="wamid.2"), phase=1, progress=55)
    assert summary(chunk) == (2, 1, 55, [])
    assert summary(change(history=[{"errors": [{"code": 2593109}]}])) == (0, None, None, [2593109])


def test_of_two_tellings_the_file_and_the_further_status_are_kept():
    placeholder = only(
        past(chats(said(**{"from": BUSINESS}, type="media_placeholder", history_context={"status": "READ"})))
    )
    whole = only(past(chats(said(**{"from": BUSINESS}))))
    for one, other in [(placeholder, whole), (whole, placeholder)]:
        found = richer(one, other)
        assert (found.message.type, found.status) == ("text", "read")


def test_the_newest_comes_first_and_each_once():
    tellings = past(chats(said(timestamp="1750000000"), said(id="b", timestamp="1750000009"), said()))
    found: list[Past] = [told for _, told in distinct([(1, told) for told in tellings])]
    assert [told.message.wamid for told in found] == ["b", "wamid.1"]


def test_an_echo_stands_in_the_conversation_of_whom_it_went_to():
    echo = only(echoes(change("smb_message_echoes", message_echoes=[said(**{"from": BUSINESS}, to=CUSTOMER)])))
    assert (echo.sender.phone, echo.shown.text) == (CUSTOMER, "hi")


def entry(**changes):
    contact = {"full_name": "Ana María", "first_name": "Ana", "phone_number": "+39 333 123 4567"}
    return {"type": "contact", "contact": contact, "action": "add", "metadata": {"timestamp": "1760000000"}} | changes


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (entry(), "Ana María"),
        (entry(contact={"first_name": "Ana", "phone_number": CUSTOMER}), "Ana"),
        (entry(action="edit"), "Ana María"),
        (entry(action="remove"), None),
        (entry(action="remove", contact={"phone_number": CUSTOMER}), None),
    ],
)
def test_an_entry_names_a_person_or_takes_the_name_away(given, name):
    found = only(entries(change("smb_app_state_sync", state_sync=[given])))
    assert (found.sender.phone, found.name, found.at.timestamp()) == (CUSTOMER, name, 1760000000)


def test_an_entry_without_a_time_counts_from_its_arrival():
    assert only(entries(change("smb_app_state_sync", state_sync=[entry(metadata=None)]))).at == NOW


@pytest.mark.parametrize(
    "given", [entry(contact={"full_name": "x"}), entry(contact={"phone_number": CUSTOMER}), 7, None]
)
def test_an_entry_without_a_person_or_a_name_stays_where_it_is(given):
    told = change("smb_app_state_sync", state_sync=[given, entry()])
    assert entries(told) == entries(change("smb_app_state_sync", state_sync=[entry()]))
    assert outline(told)["state_sync"] == [given]


def test_only_what_becomes_no_row_is_kept_with_the_change():
    nameless = {"type": "text", "text": {"body": "x"}}
    told = chats(said(), nameless, phase=1)
    assert outline(told) == {
        "metadata": METADATA, "history": [{"metadata": {"phase": 1}, "threads": [{"messages": [nameless]}]}],
    }  # fmt: skip
    files = change(messages=[said(), nameless], contacts=[{"wa_id": CUSTOMER}])
    assert outline(files) == {"metadata": METADATA, "messages": [nameless], "history": []}
    echoed = change("message_echoes", message_echoes=[said(), 7])
    assert outline(echoed) == {"metadata": METADATA, "message_echoes": [7]}


def test_another_fields_value_is_kept_whole():
    told = change("account_alerts", messages=[said()], contacts=[1])
    assert outline(told) is told.value


def test_an_entry_may_name_a_person_by_user_id_and_username():
    contact = {"full_name": "Ana", "user_id": "IT.a", "parent_user_id": "IT.p", "username": "ana"}
    found = only(entries(change("smb_app_state_sync", state_sync=[entry(contact=contact)])))
    sender = found.sender
    assert (sender.phone, sender.bsuid, sender.parent_bsuid, sender.username) == (None, "IT.a", "IT.p", "ana")


@pytest.mark.parametrize(
    ("ids", "theirs"),
    [
        ({"from": None, "from_user_id": "IT.a"}, "IT.a"),
        ({"from": BUSINESS, "to": None, "to_user_id": "IT.b"}, "IT.b"),
    ],
)
def test_the_other_side_of_a_file_may_be_a_user_id(ids, theirs):
    assert only(past(change(messages=[said(**ids)]))).message.sender.bsuid == theirs


@pytest.mark.parametrize(
    ("name", "item"),
    [("smb_message_echoes", {"to": CUSTOMER}), ("message_echoes", {"to": None, "to_user_id": "IT.a"})],
)
def test_an_echo_names_its_customer_by_number_or_user_id(name, item):
    echo = only(echoes(change(name, message_echoes=[said(**{"from": BUSINESS}, **item), {"to": CUSTOMER}, 7])))
    assert (echo.sender.phone, echo.sender.bsuid) == (item["to"], item.get("to_user_id"))


def test_the_book_beside_echoes_and_chats_completes_their_customers():
    contacts = [{"wa_id": CUSTOMER, "profile": {"name": "Anna"}}]
    echoed = change("smb_message_echoes", message_echoes=[said(**{"from": BUSINESS}, to=CUSTOMER)], contacts=contacts)
    assert only(echoes(echoed)).sender.name == "Anna"
    chat = chats(said())
    told = chat._replace(value={**chat.value, "contacts": contacts})
    assert only(past(told)).message.sender.name == "Anna"


def test_a_thread_may_name_its_customer_in_its_context():
    thread = {"context": {"wa_id": CUSTOMER, "user_id": "IT.a"}, "messages": [said()]}
    told = only(past(change(history=[{"threads": [thread]}])))
    assert (told.message.sender.phone, told.message.sender.bsuid, told.told_at) == (CUSTOMER, "IT.a", NOW)


def test_the_furthest_phase_and_share_of_several_chunks_are_told():
    places = [{"phase": 1, "progress": 100}, {"phase": "2", "progress": 40}, {}]
    chunks = [{"metadata": place} for place in places]
    assert summary(change(history=[*chunks, {"errors": [{"code": 1}, "x"]}])) == (0, 2, 100, [1, None])


def test_of_messages_of_the_same_second_the_order_is_that_of_their_ids():
    tellings = past(chats(said(id="a"), said(id="c"), said(id="b")))
    assert [told.message.wamid for _, told in distinct([(1, told) for told in tellings])] == ["c", "b", "a"]
    assert [organization for organization, _ in distinct([(2, tellings[0]), (1, tellings[0])])] == [2, 1]


@pytest.mark.parametrize(
    ("writer", "customer", "ours"),
    [
        ({"from": None, "from_user_id": "IT.a"}, "IT.a", False),
        ({"from": None, "from_user_id": "IT.b"}, "IT.a", True),
        ({"from": "39999", "from_user_id": "IT.a"}, "IT.a", False),
        ({"from": None, "to_user_id": "IT.a"}, "IT.a", True),
    ],
)
def test_who_wrote_may_be_told_by_user_ids_alone(writer, customer, ours):
    assert only(past(chats(said(**writer), customer=customer))).ours is ours


def test_an_echo_is_a_message_of_its_change_with_the_customer_for_its_sender():
    item = said(**{"from": None}, to=CUSTOMER, type="system", system={"wa_id": "39999"})
    told = change("message_echoes", message_echoes=[item])._replace(webhook=7)
    echo = only(echoes(told))
    assert (echo.webhook, echo.phone_number_id, echo.warning, echo.change) == (7, "1", None, None)
    assert json.loads(echo.raw) == item
