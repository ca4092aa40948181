"""The load's own lists: one JSON line for each webhook answered 200 and each command confirmed."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import orjson

Line = Mapping[str, Any]


class Journal:
    """Appends lines; every line is handed to the system at once, so that a killed load loses none."""

    def __init__(self, path: Path) -> None:
        self._file: TextIO = path.open("a", encoding="utf-8", buffering=1)

    def write(self, **line: object) -> None:
        """Append one line."""
        self._file.write(orjson.dumps(line).decode() + "\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read(path: Path) -> Iterator[Line]:
    """Every whole line of a journal; a last line cut by a kill is left out."""
    if not path.exists():
        return
    for line in path.read_bytes().split(b"\n")[:-1]:
        yield orjson.loads(line)
