"""Chats that a business brought along from its phone, as programs and people read them."""

from tests.acceptance.api.conftest import NUMBER, Api
from tests.webhook_builders import AT, CUSTOMER, Inbound, payload, text_message, value

BUSINESS = "15550783881"


async def test_a_page_leads_from_what_came_in_to_the_chats_from_before(api: Api) -> None:
    inbound = Inbound(api.pool)
    old = [
        text_message(f"old {n}", id=f"wamid.old{n}", timestamp=str(AT - 1000 + n), history_context={"status": "READ"})
        for n in range(5)
    ]
    thread = {"id": CUSTOMER, "messages": old}
    await inbound.take(payload(value(history=[{"threads": [thread]}], number=NUMBER), field="history"))
    await inbound.take(payload(value([text_message("new")], number=NUMBER)))

    talk = (await api.get("/conversations")).ok()["data"][0]["id"]
    read: list[tuple[str, int]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await api.get(f"/messages?conversation_id={talk}&limit=2{cursor and f'&cursor={cursor}'}")).ok()
        read += [(message["text"], message["id"]) for message in page["data"]]
        cursor = page["next"]
    assert [text for text, _ in read] == ["new", "old 4", "old 3", "old 2", "old 1", "old 0"]
    oldest = (await api.get(f"/messages/{read[-1][1]}")).ok()
    assert (oldest["text"], oldest["direction"], oldest["status"]) == ("old 0", "inbound", "received")
    found = (await api.get("/messages?q=old")).ok()
    assert [message["text"] for message in found["data"]] == ["old 4", "old 3", "old 2", "old 1", "old 0"]


async def test_a_contact_is_found_by_the_name_the_phone_has_for_it(api: Api) -> None:
    entry = {"type": "contact", "action": "add", "contact": {"full_name": "Pablo Morales", "phone_number": CUSTOMER}}
    await Inbound(api.pool).take(payload(value(state_sync=[entry], number=NUMBER), field="smb_app_state_sync"))

    found = (await api.get("/contacts?q=morales")).ok()
    assert [(contact["name"], contact["phone"]) for contact in found["data"]] == [("Pablo Morales", CUSTOMER)]
