"""What time it is, so that tests can say."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
Monotonic = Callable[[], float]

monotonic: Monotonic = time.monotonic


def now() -> datetime:
    """Give the wall clock's time, in UTC."""
    return datetime.now(UTC)
