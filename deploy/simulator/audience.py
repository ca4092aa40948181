"""Whom a portfolio has written to outside of a service window in the last 24 hours."""

from typing import Final

_DAY_S: Final = 86400.0


class Audience:
    """People by the time they were first counted."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    def clear(self) -> None:
        self._since.clear()

    def admits(self, to: str, wall: float, most: int) -> bool:
        """Count this person, unless that would be one more than `most`."""
        since = self._since
        while since and next(iter(since.values())) <= wall - _DAY_S:
            del since[next(iter(since))]
        if to in since:
            return True
        if len(since) >= most:
            return False
        since[to] = wall
        return True
