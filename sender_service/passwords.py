"""Passwords: argon2id, hashed and checked in a thread, because each takes tens of milliseconds."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's minimum for argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


async def hash_password(password: str) -> str:
    """The encoded argon2id hash with its salt and costs."""
    return await asyncio.to_thread(_HASHER.hash, password)


async def opens(password: str, stored: str) -> bool:
    """Whether the password is the one that was hashed."""
    return await asyncio.to_thread(_verify, stored, password)


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
