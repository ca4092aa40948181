"""Who is who within a batch, given who is known."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from sender_service.inbound.items import Sender
from sender_service.inbound.people import Known, Person, Sighting, gather, identifiers
from sender_service.store.contact_rows import Contact, Match, New, Seen

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


PHONE, USER = (1, "phone", "1"), (1, "bsuid", "a")
LOWER, HIGHER = {"phone": "1", "wa_id": "1"}, {"phone": "1", "wa_id": "11"}
EARLY, LATE = (AT, "A", "a"), (AT + timedelta(seconds=1), "B", "b")


def one(**facts):
    return Person(1, **facts)


@pytest.mark.parametrize(
    ("mine", "theirs", "together"),
    [
        (HIGHER, LOWER, HIGHER),
        (LOWER, HIGHER, HIGHER),
        (LOWER, {}, LOWER),
        ({}, LOWER, LOWER),
        (LOWER, {"phone": "2", "wa_id": "9"}, LOWER),
        ({"phone": "2", "wa_id": "2"}, LOWER, {"phone": "2", "wa_id": "2"}),
        ({"phone": "1"}, {}, {"phone": "1"}),
        ({}, {"phone": "1"}, {"phone": "1"}),
        ({"phone": "1"}, {"phone": "2"}, {"phone": "1"}),
        ({"bsuid": "a"}, {}, {"bsuid": "a"}),
        ({}, {"bsuid": "a"}, {"bsuid": "a"}),
        ({"bsuid": "a"}, {"bsuid": "b"}, {"bsuid": "a"}),
        ({"parent_bsuid": "a"}, {}, {"parent_bsuid": "a"}),
        ({}, {"parent_bsuid": "a"}, {"parent_bsuid": "a"}),
        ({"parent_bsuid": "a"}, {"parent_bsuid": "b"}, {"parent_bsuid": "a"}),
        ({"profile": EARLY}, {"profile": LATE}, {"profile": LATE}),
        ({"profile": LATE}, {"profile": EARLY}, {"profile": LATE}),
        ({"profile": EARLY}, {}, {"profile": EARLY}),
        ({}, {"profile": LATE}, {"profile": LATE}),
        ({"contacts": {4: contact(4)}}, {"contacts": {5: contact(5)}}, {"contacts": {4: contact(4), 5: contact(5)}}),
        (
            {"keys": {(1, "phone", "1")}},
            {"keys": {(1, "bsuid", "a")}},
            {"keys": {(1, "phone", "1"), (1, "bsuid", "a")}},
        ),
        ({}, {}, {}),
    ],
)
def test_two_people_found_to_be_one_have_everything_that_was_known_of_either(mine, theirs, together):
    person = one(**mine)
    person.absorb(one(**theirs))
    assert person == one(**together)


def test_a_number_that_became_another_within_a_batch_is_not_written_beside_it():
    """The new number as a form of the old one would keep its true holder from ever being made."""
    before, after = seen("11", "a", at=1), seen("12", "a", at=3)
    person = gather([before, after], Known([]))[0]
    assert (person.phone, person.wa_id) == ("11", "11")


def test_a_new_person_is_everything_that_was_seen():
    person = one(wa_id="0", phone="1", bsuid="a", parent_bsuid="p", profile=(AT, "Anna", "anna"))
    assert person.new() == New(1, "0", "1", "a", "p", "anna", "Anna", AT)
    assert one(profile=(AT, "", "")).new() == New(1, None, None, None, None, None, None, AT)
    assert one().new() == New(1, None, None, None, None, None, None, None)


def test_what_was_seen_of_a_known_person_is_written_beside_it():
    person = one(wa_id="0", phone="1", bsuid="a", parent_bsuid="p", profile=(AT, "Anna", "anna"))
    person.contact = contact(4, "1")
    assert person.seen() == Seen(1, 4, "0", "1", "a", "p", "anna", "Anna", AT)
    nameless = one(phone="1", bsuid="a", contact=contact(4, "1"))
    assert nameless.seen() == Seen(1, 4, None, "1", "a", None, None, None, None)
    assert one(phone="1").seen() is None


def test_a_later_sighting_adds_to_what_was_seen():
    person = one()
    person.see(Sighting(1, Sender("1", "1", None, "p"), AT))
    person.see(Sighting(1, Sender("0", "2", "a", None), AT))
    assert (person.wa_id, person.phone, person.bsuid, person.parent_bsuid) == ("1", "1", "a", "p")
    person.see(Sighting(1, Sender("2", "1", "b", "q"), AT))
    assert (person.wa_id, person.phone, person.bsuid, person.parent_bsuid) == ("2", "1", "a", "q")
    assert person.profile is None


@pytest.mark.parametrize(
    ("sender", "profile"),
    [
        (Sender("1", "1", None, name="A"), (AT, "A", "")),
        (Sender("1", "1", None, username="u"), (AT, "", "u")),
        (Sender("1", "1", None, name="A", username="u"), (AT, "A", "u")),
    ],
)
def test_a_name_alone_and_a_username_alone_are_a_profile(sender, profile):
    person = one()
    person.see(Sighting(1, sender, AT))
    assert person.profile == profile


@pytest.mark.parametrize(
    ("person", "known", "adds"),
    [
        (one(phone="1", parent_bsuid="p"), contact(4, "1"), True),
        (one(phone="1", parent_bsuid="p"), contact(4, "1", parent_bsuid="q"), False),
        (one(phone="2", wa_id="9"), contact(4, "1"), False),
        (one(phone="1", profile=(AT, "A", "")), contact(4, "1", name="A", at=5), False),
        (one(phone="1", profile=(AT, "A", "u")), contact(4, "1", name="A", at=5), True),
        (one(phone="1", profile=(AT, "", "u")), contact(4, "1", name="A", at=5, username="v"), False),
        (one(phone="1", profile=(AT, "A", "u")), contact(4, "1", name="A", username="u"), False),
        (one(phone="1", profile=(AT, "A", "v")), contact(4, "1", name="A", username="u"), True),
        (one(phone="1", profile=(AT, "A", "t")), contact(4, "1", name="A", username="u"), False),
        (one(phone="1", profile=(AT, "", "u")), contact(4, "1", username="u")._replace(profile_name_at=AT), False),
        (one(phone="1", profile=(AT, "A", "")), contact(4, "1")._replace(profile_name_at=LATE[0]), True),
        (one(phone="1", profile=(AT, "", "u")), contact(4, "1", name="X"), True),
        (one(phone="1", profile=(AT, "Z", "")), contact(4, "1", name="Y"), True),
        (
            one(phone="1", profile=(AT + timedelta(seconds=1), "", "")),
            contact(4, "1")._replace(profile_name_at=AT),
            True,
        ),
        (one(phone="1", profile=(AT, "", "")), contact(4, "1")._replace(profile_name_at=AT), False),
    ],
)
def test_a_contact_is_written_again_only_for_news(person, known, adds):
    person.contact = known
    assert (person.seen() is not None) is adds


def test_who_had_an_identifier_then_and_who_has_it_now_are_told_apart():
    then, now = contact(4), contact(5)
    known = Known([holding("phone", "1", then, until=10), holding("phone", "1", now)])
    key = (1, "phone", "1")
    assert [known.holder(key, AT + timedelta(seconds=at)) for at in (9, 10, 11)] == [then, then, now]
    assert [known.former(key, AT + timedelta(seconds=at)) for at in (10, 11)] == [then, None]
    assert (known.holder((1, "bsuid", "1"), AT), known.former((2, "phone", "1"), AT)) == (None, None)


def test_a_sender_is_named_by_its_number_and_its_user_id():
    assert identifiers(7, Sender("0", "1", "a")) == [(7, "phone", "1"), (7, "bsuid", "a")]
    assert identifiers(7, Sender(None, None, "a")) == [(7, "bsuid", "a")]
    assert identifiers(7, Sender("0", "1", None)) == [(7, "phone", "1")]
    assert identifiers(7, Sender("0", None, None)) == []


def test_what_a_person_no_longer_has_names_it_and_is_not_written():
    known = Known([holding("phone", "1", contact(4), until=10), holding("bsuid", "a", contact(4), until=10)])
    by_phone, by_user, later = gather([seen("1", at=5), seen(user="a", at=5), seen("1", at=15)], known)
    assert by_phone is by_user
    assert (by_phone.wa_id, by_phone.phone, by_phone.bsuid) == (None, None, None)
    assert (list(by_phone.contacts), later.phone, later.contacts) == ([4], "1", {})


def test_a_number_with_the_user_id_of_its_holder_is_its_holder():
    known = Known([holding("phone", "1", contact(4, "1", "a"))])
    [person] = gather([seen("1", "a")], known)
    assert (list(person.contacts), person.phone, person.bsuid) == ([4], "1", "a")


def test_all_earlier_sightings_of_people_found_to_be_one_are_that_one():
    people = gather([seen("1"), seen(user="a"), seen("2"), seen("1", "a"), seen(user="a")], Known([]))
    assert people[0] is people[1] is people[3] is people[4]
    assert people[2] is not people[0]
    assert people[0].keys == {(1, "phone", "1"), (1, "bsuid", "a")}


def test_whoever_was_seen_under_another_name_of_somebody_is_that_one_from_then_on():
    people = gather([seen("2", "b"), seen("1"), seen("1", "b"), seen("2")], Known([]))
    assert len({id(person) for person in people}) == 1


def test_a_person_belongs_to_the_organization_that_saw_it():
    people = gather([seen("1", organization=2), seen("1", organization=3)], Known([]))
    assert [person.new().organization_id for person in people] == [2, 3]
