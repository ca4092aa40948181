"""Keeps access tokens encrypted at rest: Fernet keys, the first encrypts, all decrypt, so keys can be rotated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from sender_service.errors import KeyUnusable, TokenUnreadable, VaultClosed


@dataclass(frozen=True, slots=True)
class Vault:
    """Encrypts and decrypts tokens; without keys it is closed and refuses both."""

    _fernet: MultiFernet | None

    @classmethod
    def from_keys(cls, keys: Sequence[str]) -> Self:
        """Raise `KeyUnusable` when a key is not 32 bytes in URL-safe base64."""
        try:
            fernets = [Fernet(key) for key in keys]
        except ValueError:
            sentence = (
                "SENDER_ENCRYPTION_KEYS: every key must be 32 bytes in URL-safe base64; "
                "make one with `python -m sender_service new-key`"
            )
            raise KeyUnusable(sentence) from None
        return cls(MultiFernet(fernets) if fernets else None)

    @property
    def is_open(self) -> bool:
        return self._fernet is not None

    def encrypt(self, token: str) -> bytes:
        return self._open().encrypt(token.encode())

    def decrypt(self, encrypted: bytes) -> str:
        try:
            return self._open().decrypt(encrypted).decode()
        except InvalidToken:
            raise TokenUnreadable("the token was stored with a key that is not in SENDER_ENCRYPTION_KEYS") from None

    def rotate(self, encrypted: bytes) -> bytes:
        """The same token under the first key; what the first key already encrypted is encrypted afresh."""
        try:
            return self._open().rotate(encrypted)
        except InvalidToken:
            raise TokenUnreadable("the token was stored with a key that is not in SENDER_ENCRYPTION_KEYS") from None

    def _open(self) -> MultiFernet:
        if self._fernet is None:
            raise VaultClosed("no encryption keys: set SENDER_ENCRYPTION_KEYS to store and read tokens")
        return self._fernet


@dataclass(frozen=True, slots=True)
class EnvironmentToken:
    """The token of a single-number setup: used for that account's numbers only, and never stored."""

    phone_number_id: str
    business_account_id: str
    token: str

    def __repr__(self) -> str:
        return f"EnvironmentToken({self.phone_number_id})"


@dataclass(frozen=True, slots=True)
class Tokens:
    """Which token a number speaks with: its own, else its account's, else the environment's."""

    vault: Vault
    environment: EnvironmentToken | None = None

    def of(self, *, business_account_id: str, encrypted: Sequence[bytes | None]) -> str | None:
        """`encrypted` from the most to the least particular; None without any token. Raise `TokenUnreadable`."""
        stored = next((token for token in encrypted if token is not None), None)
        if stored is not None:
            return self.vault.decrypt(stored)
        if self.environment is not None and self.environment.business_account_id == business_account_id:
            return self.environment.token
        return None
