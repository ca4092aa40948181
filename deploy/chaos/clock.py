"""Clocks of the services that can be set while they run: by libfaketime, for the wall clock alone."""

from collections.abc import Mapping
from pathlib import Path

from deploy.stand.small_disk import NotPossible

_PLACES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib*/faketime/libfaketimeMT.so.1")


class Clock:
    """One process's wall clock; the monotonic one goes on, as it does when a machine's time is set."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.turn(0)

    def environment(self) -> Mapping[str, str]:
        """What the process is started with; raises `NotPossible` without the library."""
        return {
            "LD_PRELOAD": str(_library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def turn(self, seconds: int) -> None:
        """Let the process believe it is so many seconds later (or earlier) than it is, within a second."""
        self._file.write_text(f"{seconds:+d}")


def _library() -> Path:
    for place in _PLACES:
        for found in Path("/").glob(place.removeprefix("/")):
            return found
    raise NotPossible("libfaketime is not installed (apt-get install libfaketime)")
