"""Keeps access tokens encrypted at rest: Fernet keys, the first encrypts, all decrypt, so keys can be rotated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from sender_service.errors import SettingRefused, TokenUnreadable, VaultClosed


@dataclass(frozen=True, slots=True)
class Vault:
    """Encrypts and decrypts tokens; without keys it is closed and refuses both."""

    _fernet: MultiFernet | None

    @classmethod
    def from_keys(cls, keys: Sequence[str]) -> Self:
        """Raise `SettingRefused` naming SENDER_ENCRYPTION_KEYS when a key is not 32 bytes in URL-safe base64."""
        try:
            fernets = [Fernet(key) for key in keys]
        except ValueError:
            sentence = "every key must be 32 bytes in URL-safe base64; make one with `python -m sender_service new-key`"
            raise SettingRefused("SENDER_ENCRYPTION_KEYS", sentence) from None
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
