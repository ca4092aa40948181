"""Whether messages come so densely that waiting a few milliseconds for more is worth it."""

from __future__ import annotations

from typing import Final

_SPAN: Final = 0.1


class Traffic:
    """Counts what arrived in spans of a tenth of a second; dense from `rate` messages per second."""

    def __init__(self, rate: float) -> None:
        self._enough = rate * _SPAN
        self._since = 0.0
        self._count = 0
        self.is_dense = False

    def note(self, count: int, now: float) -> None:
        """Take note that `count` messages were taken at monotonic time `now`, in seconds."""
        self._count += count
        spans = (now - self._since) / _SPAN
        if spans < 1:
            # Judged before the span is over only upwards: a burst is seen at once, its end a span later.
            self.is_dense = self.is_dense or self._count >= self._enough
            return
        self.is_dense = self._count >= self._enough * spans
        self._since = now
        self._count = 0
