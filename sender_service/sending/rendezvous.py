"""Which of the live workers a number belongs to: the one with the highest hash, so a change moves only its share."""

from collections.abc import Collection
from hashlib import blake2b


def preferred(number: str, workers: Collection[str]) -> str | None:
    """The worker that should own the number; None without workers. Every process comes to the same answer."""
    return max(workers, key=lambda worker: (_weight(number, worker), worker), default=None)


def _weight(number: str, worker: str) -> bytes:
    return blake2b(f"{worker}\x00{number}".encode(), digest_size=8).digest()
