"""Who is who within a batch, given who is known."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from sender_service.inbound.items import Sender
from sender_service.inbound.people import Known, Sighting, gather
from sender_service.store.contact_rows import Contact, Match

AT = datetime(2026, 11, 20, tzinfo=UTC)


def seen(phone=None, user=None, *, at=0, name=None, organization=1, username=None, wa_id=None):
    sender = Sender(wa_id or phone, phone, user, None, username, name)
    return Sighting(organization, sender, AT + timedelta(seconds=at))


def contact(identifier=4, phone=None, bsuid=None, *, name=None, at=0, **more):
    known = Contact(1, identifier, phone, phone, bsuid, None, None, name, None, None, None, None)
    return known._replace(profile_name_at=AT + timedelta(seconds=at) if name else None, **more)


def holding(kind, value, one, until=None):
    return Match(kind, value, None if until is None else AT + timedelta(seconds=until), one)


@pytest.mark.parametrize("order", list(permutations([seen("1"), seen(user="a"), seen("1", "a")])))
def test_sightings_that_share_an_identifier_are_one_person(order):
    people = gather(order, Known([]))
    assert len({id(person) for person in people}) == 1
    assert (people[0].phone, people[0].bsuid) == ("1", "a")


def test_two_user_ids_with_one_number_are_two_people():
    people = gather([seen("1", "a"), seen("1", "b"), seen("1")], Known([]))
    assert people[0] is not people[1]
    assert people[0] is people[2]
    assert (people[1].phone, people[1].wa_id, people[1].bsuid) == (None, None, "b")


def test_a_known_holder_with_another_user_id_is_somebody_else():
    known = Known([holding("phone", "1", contact(4, "1", "a"))])
    person = gather([seen("1", "b")], known)[0]
    assert (person.contacts, person.phone) == ({}, None)


def test_strangers_and_organizations_stay_apart():
    people = gather([seen("1"), seen("2"), seen("1", organization=2)], Known([]))
    assert len({id(person) for person in people}) == 3


def test_a_person_known_under_two_contacts_has_both():
    known = Known([holding("phone", "1", contact(4, "1")), holding("bsuid", "a", contact(5, bsuid="a"))])
    person = gather([seen("1", "a")], known)[0]
    assert sorted(person.contacts) == [4, 5]


def test_the_former_holder_of_a_number_is_meant_until_it_changed():
    before, now = contact(4, "9"), contact(5, "1")
    known = Known([holding("phone", "1", before, until=10), holding("phone", "1", now)])
    assert [list(person.contacts) for person in gather([seen("1", at=10), seen("1", at=11)], known)] == [[4], [5]]


def test_of_several_former_holders_the_one_of_that_time_is_meant():
    known = Known([holding("phone", "1", contact(4), until=20), holding("phone", "1", contact(5), until=10)])
    assert [list(person.contacts) for person in gather([seen("1", at=5), seen("1", at=15)], known)] == [[5], [4]]


def test_the_latest_profile_by_metas_time_wins_and_ties_by_content():
    names = [seen("1", at=1, name="C"), seen("1", at=2, name="A", username="u"), seen("1", at=2, name="B")]
    for order in permutations(names):
        new = gather(order, Known([]))[0].new()
        assert (new.profile_name, new.username, new.profile_name_at) == ("B", None, AT + timedelta(seconds=2))


@pytest.mark.parametrize(
    ("known", "sighting", "adds"),
    [
        (contact(phone="1"), seen("1"), False),
        (contact(phone="1"), seen("1", "a"), True),
        (contact(phone="1", bsuid="a"), seen("1", "a"), False),
        (contact(bsuid="a"), seen("1", "a"), True),
        (contact(phone="1"), seen("1", name="A"), True),
        (contact(phone="1", name="A"), seen("1", name="A"), False),
        (contact(phone="1", name="A"), seen("1", name="A", at=1), True),
        (contact(phone="1", name="A", at=5), seen("1", name="B", at=1), False),
        (contact(phone="1", name="A"), seen("1", name="B"), True),
        (contact(phone="1", name="B"), seen("1", name="A"), False),
        (contact(phone="1", name="A", at=5), seen("1", username="u"), True),
        (contact(phone="1"), seen("1", wa_id="0"), False),
        (contact(phone="1"), seen("1", wa_id="2"), True),
    ],
)
def test_only_what_is_new_is_written(known, sighting, adds):
    matches = [holding("phone", known.phone, known)] if known.phone else []
    matches += [holding("bsuid", known.bsuid, known)] if known.bsuid else []
    person = gather([sighting], Known(matches))[0]
    person.contact = known
    assert (person.seen() is not None) is adds
