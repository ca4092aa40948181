"""An operator's own caps per hour and per day, below whatever Meta allows. Windows are those of the UTC clock."""

from datetime import datetime

HOUR = 3600
DAY = 86_400


class Caps:
    """Counts what one owner of a number intends, beginning with what was counted before it."""

    __slots__ = ("_day", "_hour", "_used_day", "_used_hour")

    def __init__(self, now: datetime, *, used_hour: int, used_day: int) -> None:
        self._hour, self._day = _windows(now)
        self._used_hour = used_hour
        self._used_day = used_day

    def count(self, now: datetime) -> None:
        """One more."""
        self._turn_over(now)
        self._used_hour += 1
        self._used_day += 1

    def wait(self, now: datetime, *, per_hour: int | None, per_day: int | None) -> float:
        """Seconds until the caps allow another message, 0.0 when they do now."""
        self._turn_over(now)
        seconds = now.timestamp()
        if per_day is not None and self._used_day >= per_day:
            return DAY - seconds % DAY
        if per_hour is not None and self._used_hour >= per_hour:
            return HOUR - seconds % HOUR
        return 0.0

    def _turn_over(self, now: datetime) -> None:
        hour, day = _windows(now)
        if day != self._day:
            self._day, self._used_day = day, 0
        if hour != self._hour:
            self._hour, self._used_hour = hour, 0


def _windows(now: datetime) -> tuple[int, int]:
    seconds = int(now.timestamp())
    return seconds // HOUR, seconds // DAY
