import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingress_service.signature import claimed, is_signed, is_token

SECRETS = (b"first secret", b"second secret")
BODY = b'{"object":"whatsapp_business_account"}'


def signed(body, secret):
    return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()


def is_ours(body, headers, secrets):
    claim = claimed(headers)
    assert claim is not None
    return is_signed(body, claim, secrets)


@given(body=st.binary(max_size=2000), secret=st.sampled_from(SECRETS))
def test_a_body_signed_with_any_of_the_secrets_is_signed(body, secret):
    assert is_ours(body, [signed(body, secret)], SECRETS)


@given(body=st.binary(min_size=1, max_size=200), place=st.integers(0), change=st.integers(1, 255))
def test_one_changed_byte_breaks_the_signature(body, place, change):
    changed = bytearray(body)
    changed[place % len(body)] ^= change

    assert not is_ours(bytes(changed), [signed(body, SECRETS[0])], SECRETS)


@given(
    body=st.binary(max_size=200), secret=st.binary(min_size=1, max_size=40).filter(lambda secret: secret not in SECRETS)
)
def test_a_foreign_secret_signs_nothing(body, secret):
    padded = {one.ljust(64, b"\0") for one in SECRETS}
    if secret.ljust(64, b"\0") not in padded:  # HMAC itself cannot tell keys that differ by trailing zero bytes
        assert not is_ours(body, [signed(body, secret)], SECRETS)


def test_without_secrets_nothing_is_signed():
    assert not is_ours(BODY, [signed(BODY, SECRETS[0])], ())


GOOD = signed(BODY, SECRETS[0])


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [GOOD, GOOD],
        [""],
        ["sha256="],
        [GOOD[7:]],
        [GOOD[:-1]],
        [GOOD + "0"],
        [GOOD + "\n"],
        [" " + GOOD],
        [GOOD.replace("sha256", "SHA256")],
        ["sha1=" + hmac.new(SECRETS[0], BODY, hashlib.sha1).hexdigest()],
        ["sha256=" + "g" * 64],
        ["sha256=" + "é" * 64],
        ["sha256=" + "\u0661" * 64],
        [GOOD + "," + GOOD],
    ],
)
def test_only_exactly_one_header_of_the_right_form_claims_anything(headers):
    assert claimed(headers) is None


@given(st.lists(st.text(), max_size=3))
def test_no_header_breaks_the_reading(headers):
    claim = claimed(headers)

    assert claim is None or len(claim) == 32


def test_a_digest_may_be_written_in_capitals():
    assert is_ours(BODY, ["sha256=" + GOOD[7:].upper()], SECRETS)


@pytest.mark.parametrize(
    ("given_token", "expected", "verdict"),
    [
        ("token", "token", True),
        ("token", "other", False),
        ("", "", False),
        ("x", "", False),
        ("\ud800é", "é", False),
        ("é", "é", True),
    ],
)
def test_a_verify_token_matches_only_itself_and_an_empty_one_nothing(given_token, expected, verdict):
    assert is_token(given_token, expected) is verdict
