"""Media as Meta keeps them: ids, addresses that live five minutes, and limits of size and kind."""

import hashlib
import time
from dataclasses import dataclass
from typing import Final

from deploy.simulator.errors import Problem, problem
from deploy.simulator.options import Options

_MIB: Final = 1024 * 1024
_MOST: Final = {
    "audio/aac": 16 * _MIB,
    "audio/amr": 16 * _MIB,
    "audio/mpeg": 16 * _MIB,
    "audio/mp4": 16 * _MIB,
    "audio/ogg": 16 * _MIB,
    "image/jpeg": 5 * _MIB,
    "image/png": 5 * _MIB,
    "image/webp": 500 * 1024,
    "video/mp4": 16 * _MIB,
    "video/3gpp": 16 * _MIB,
}
_DOCUMENTS: Final = frozenset({
    "text/plain", "application/pdf", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
})  # fmt: skip
_DOCUMENT_MOST: Final = 100 * _MIB


@dataclass(frozen=True, slots=True)
class Medium:
    """One file."""

    id: str
    mime_type: str
    content: bytes
    number_id: str | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class MediaStore:
    """Files by id."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._media: dict[str, Medium] = {}
        self._made = 0

    def clear(self) -> None:
        self._media.clear()

    def add(self, content: bytes, mime_type: str, number_id: str | None = None) -> Medium:
        """Keep a file under a new id of 16 digits."""
        self._made += 1
        medium = Medium(str(2 * 10**15 + self._made), mime_type, content, number_id)
        self._media[medium.id] = medium
        return medium

    def find(self, media_id: str) -> Medium | None:
        return self._media.get(media_id)

    def remove(self, media_id: str) -> None:
        self._media.pop(media_id, None)

    def address(self, medium: Medium, host: str) -> str:
        """Where it can be fetched from, for as long as the address says."""
        until = int((time.time() + self._options.media_url_ttl_s) * 1000)
        return f"http://{host}/_media/{medium.id}?ext={until}&hash={self._seal(medium.id, until)}"

    def opens(self, media_id: str, until: str, seal: str) -> bool:
        """Is this an address of ours that has not expired?"""
        if not until.isdecimal() or int(until) < time.time() * 1000:
            return False
        return seal == self._seal(media_id, int(until))

    def _seal(self, media_id: str, until: int) -> str:
        return hashlib.sha256(f"{self._options.app_secret}:{media_id}:{until}".encode()).hexdigest()[:16]


def upload_problem(mime_type: str, size: int) -> Problem | None:
    """Does Meta take a file of that kind and size?"""
    kind = mime_type.partition(";")[0].strip()
    most = _DOCUMENT_MOST if kind in _DOCUMENTS else _MOST.get(kind)
    if most is None:
        return problem(100, f"Param file must be a file with one of the supported types, got {kind}.")
    if size > most:
        return problem(131053, f"The file is {size} bytes, at most {most} are allowed for {kind}.")
    return None
