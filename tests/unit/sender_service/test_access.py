import pytest

from sender_service.access import Actor, Role, new_key, parse_key


def test_a_key_opens_its_own_hash_and_no_other():
    key, other = new_key(), new_key()
    assert key.opens(key.hash)
    assert not key.opens(other.hash)


def test_a_key_is_read_back_from_its_text():
    key = new_key()
    assert parse_key(key.text) == key
    assert key.text.startswith("clb_")


@pytest.mark.parametrize(
    "text", ["", "clb_", "clb_abc_def", "sk_live_1234", "clb_" + "0" * 12 + "_" + "Z" * 48, "clb__"]
)
def test_what_has_not_the_form_of_a_key_is_none(text):
    assert parse_key(text) is None


def test_a_key_does_not_show_its_secret():
    key = new_key()
    assert key.secret not in repr(key)


def test_each_role_may_do_what_the_one_before_it_may():
    roles = list(Role)
    for least in roles:
        allowed = [role for role in roles if Actor(1, role, "x").may(least)]
        assert allowed == roles[roles.index(least) :]


def test_a_key_has_a_short_name_and_a_long_secret():
    key = new_key()
    assert (len(key.prefix), len(key.secret)) == (12, 48)
    assert repr(key) == f"BearerKey({key.prefix})"


def test_every_key_is_another():
    keys = [new_key() for _ in range(20)]
    assert len({key.prefix for key in keys}) == len({key.secret for key in keys}) == 20


def test_a_key_with_something_around_it_is_none():
    text = new_key().text
    assert [parse_key(text + "\n"), parse_key(" " + text), parse_key(text.upper())] == [None, None, None]
