import pytest
from cryptography.fernet import Fernet

from sender_service.errors import KeyUnusable, TokenUnreadable, VaultClosed
from sender_service.vault import EnvironmentToken, Tokens, Vault

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_a_token_comes_back_as_it_went_in_and_is_not_readable_between():
    vault = Vault.from_keys([OLD])
    stored = vault.encrypt("EAA-token")
    assert b"EAA-token" not in stored
    assert vault.decrypt(stored) == "EAA-token"


def test_a_token_of_an_older_key_is_read_and_rotated_to_the_first():
    stored = Vault.from_keys([OLD]).encrypt("EAA-token")
    rotated = Vault.from_keys([NEW, OLD]).rotate(stored)
    assert Vault.from_keys([NEW]).decrypt(rotated) == "EAA-token"


@pytest.mark.parametrize("deed", ["decrypt", "rotate"])
def test_a_token_of_a_forgotten_key_is_unreadable(deed):
    stored = Vault.from_keys([OLD]).encrypt("EAA-token")
    with pytest.raises(TokenUnreadable):
        getattr(Vault.from_keys([NEW]), deed)(stored)


def test_without_keys_nothing_is_stored():
    vault = Vault.from_keys([])
    assert not vault.is_open
    with pytest.raises(VaultClosed, match="SENDER_ENCRYPTION_KEYS"):
        vault.encrypt("EAA-token")


def test_a_key_of_the_wrong_form_is_refused_by_name():
    with pytest.raises(KeyUnusable) as caught:
        Vault.from_keys(["too short"])
    assert str(caught.value) == (
        "SENDER_ENCRYPTION_KEYS: every key must be 32 bytes in URL-safe base64; "
        "make one with `python -m sender_service new-key`"
    )


def test_the_numbers_own_token_wins_over_its_accounts_and_that_over_the_environments():
    vault = Vault.from_keys([OLD])
    tokens = Tokens(vault, EnvironmentToken("1", "waba", "EAA-environment"))
    number, account = vault.encrypt("EAA-number"), vault.encrypt("EAA-account")
    assert tokens.of(business_account_id="waba", encrypted=(number, account)) == "EAA-number"
    assert tokens.of(business_account_id="waba", encrypted=(None, account)) == "EAA-account"
    assert tokens.of(business_account_id="waba", encrypted=(None, None)) == "EAA-environment"


def test_the_environments_token_is_never_used_for_another_account():
    tokens = Tokens(Vault.from_keys([]), EnvironmentToken("1", "waba", "EAA-environment"))
    assert tokens.of(business_account_id="another", encrypted=(None, None)) is None


def test_a_token_is_not_shown():
    assert "EAA" not in repr(EnvironmentToken("1", "waba", "EAA-environment"))


FORGOTTEN = "the token was stored with a key that is not in SENDER_ENCRYPTION_KEYS"


@pytest.mark.parametrize("deed", ["decrypt", "rotate"])
def test_an_unreadable_token_says_what_is_missing(deed):
    stored = Vault.from_keys([OLD]).encrypt("EAA-token")
    with pytest.raises(TokenUnreadable) as caught:
        getattr(Vault.from_keys([NEW]), deed)(stored)
    assert str(caught.value) == FORGOTTEN


@pytest.mark.parametrize("deed", ["decrypt", "rotate"])
def test_without_keys_nothing_is_read(deed):
    stored = Vault.from_keys([OLD]).encrypt("EAA-token")
    with pytest.raises(VaultClosed) as caught:
        getattr(Vault.from_keys([]), deed)(stored)
    assert str(caught.value) == "no encryption keys: set SENDER_ENCRYPTION_KEYS to store and read tokens"


def test_an_open_vault_says_so():
    assert Vault.from_keys([OLD]).is_open


def test_without_any_token_there_is_none():
    assert Tokens(Vault.from_keys([OLD])).of(business_account_id="waba", encrypted=()) is None


def test_the_environments_token_shows_only_its_number():
    assert repr(EnvironmentToken("106", "waba", "EAA-environment")) == "EnvironmentToken(106)"
