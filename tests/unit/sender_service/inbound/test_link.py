"""What things are called, and the events of a message and its lead."""

from datetime import UTC, datetime

import pytest

from sender_service.inbound import link
from sender_service.inbound.items import Message, Sender, Shown
from sender_service.store.contact_rows import Contact, Link

AT = datetime(2026, 11, 20, tzinfo=UTC)


def contact(**changes) -> Contact:
    known = Contact(7, 4, "39333", "39333", "IT.a", None, "anna", "Anna", AT, "Ms Anna", None, 2)
    return known._replace(**changes)


def message(kind="text") -> Message:
    return Message(
        0, "106", "wamid.1", Sender("39333", "39333", None), AT, kind, "{}", Shown("hi"), None, None, None, None, None,
        False, None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("known", "subject", "lead"),
    [
        (contact(), "WhatsApp: Ms Anna", "WhatsApp +39333"),
        (contact(display_name=None), "WhatsApp: Anna", "WhatsApp +39333"),
        (contact(display_name=None, profile_name=None), "WhatsApp: +39333", "WhatsApp +39333"),
        (contact(display_name=None, profile_name=None, phone=None), "WhatsApp: anna", "WhatsApp anna"),
        (contact(display_name=None, profile_name=None, phone=None, username=None), "WhatsApp: IT.a", "WhatsApp IT.a"),
        (
            contact(display_name=None, profile_name=None, phone=None, username=None, bsuid=None),
            "WhatsApp: 4",
            "WhatsApp 4",
        ),
    ],
)
def test_people_are_called_by_the_best_that_is_known(known, subject, lead):
    assert (link.subject(known), link.lead_name(known)) == (subject, lead)


@pytest.mark.parametrize(("kind", "wrote"), [("text", True), ("reaction", True), ("system", False), ("hologram", True)])
def test_the_system_is_nobody(kind, wrote):
    assert link.is_from_customer(message(kind)) is wrote


def test_the_event_of_a_message_names_ids_only():
    event = link.received(7, message(), 345, contact=contact(), conversation_id=9)
    assert (event.name, event.organization_id, event.key, event.time) == ("message.received", 7, "345", AT)
    assert event.data == {
        "message_id": 345, "phone_number_id": "106", "contact_id": 4, "conversation_id": 9, "lead_id": 2,
        "type": "text",
    }  # fmt: skip


def test_the_event_of_a_message_of_nobody_says_so():
    event = link.received(7, message(), 345, contact=None, conversation_id=None)
    assert [event.data[name] for name in ("contact_id", "conversation_id", "lead_id")] == [None, None, None]


@pytest.mark.parametrize(
    ("reason", "names"),
    [("created", ["lead.created", "lead.linked"]), ("phone", ["lead.linked"]), ("merged", ["lead.linked"])],
)
def test_a_lead_is_told_with_its_reason(reason, names):
    told = link.linked(Link(7, 4, 2, reason), message(), 345)
    assert [event.name for event in told] == names
    assert [event.key for event in told] == ["2", "2.4"][-len(names) :]
    for event in told:
        assert (event.organization_id, event.time) == (7, AT)
        assert event.data == {"lead_id": 2, "contact_id": 4, "reason": reason, "message_id": 345, "source": "whatsapp"}
