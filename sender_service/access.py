"""Who may do what: roles in their order, and bearer keys of the form `clb_<prefix>_<secret>`."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from enum import IntEnum

_KEY = re.compile(r"clb_([0-9a-f]{12})_([0-9a-f]{48})")


class Role(IntEnum):
    """Each role may do what the one before it may, and more."""

    SELLER = 1
    MANAGER = 2
    ADMIN = 3
    OWNER = 4


@dataclass(frozen=True, slots=True)
class BearerKey:
    """A key in plain text, taken apart; only `prefix` and `hash` are ever stored."""

    prefix: str
    secret: str

    @property
    def text(self) -> str:
        return f"clb_{self.prefix}_{self.secret}"

    @property
    def hash(self) -> bytes:
        # The secret carries 192 random bits, so a fast hash cannot be reversed by trying.
        return hashlib.sha256(self.secret.encode()).digest()

    def opens(self, stored_hash: bytes) -> bool:
        return hmac.compare_digest(self.hash, stored_hash)

    def __repr__(self) -> str:
        return f"BearerKey({self.prefix})"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is acting: one API key, one user or the command line, in one organization."""

    organization_id: int
    role: Role
    name: str
    key_id: int | None = None
    user_id: int | None = None

    def may(self, role: Role) -> bool:
        return self.role >= role


def new_key() -> BearerKey:
    """A key nobody has seen."""
    return BearerKey(secrets.token_hex(6), secrets.token_hex(24))


def parse_key(text: str) -> BearerKey | None:
    """The key in a text, or None when it does not have the form of one."""
    match = _KEY.fullmatch(text)
    return BearerKey(match[1], match[2]) if match else None
