"""How long to wait before trying again."""

from collections.abc import Callable

Random = Callable[[], float]

RECIPIENT_BASE = 4
MOST_RECIPIENT_SECONDS = 4096.0


def full_jitter(failures: int, *, base: float, most: float, random: Random) -> float:
    """Anywhere between nothing and twice the wait before, so that those who failed together do not return together."""
    return random() * min(most, base * 2.0 ** min(failures, 30))


def recipient_wait(tries: int) -> float:
    """Meta's own rule for the pair limit: 4^X seconds, X from 0. Source: its error-codes page, 131056."""
    return min(MOST_RECIPIENT_SECONDS, float(RECIPIENT_BASE ** min(tries, 12)))
