"""How long the calls to Meta took, by the worker's own log: none may outlive twice its time limit."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import orjson

from sender_service.cloud_api.client import CALL_SECONDS

EVENT = b'"message.send_attempted"'


def longest(lines: Iterable[bytes], since: datetime) -> float:
    """Seconds of the longest call told since a moment; a line cut by a kill tells nothing."""
    return max((_seconds(line, since) for line in lines if EVENT in line), default=0.0)


def longest_in(log: Path, since: datetime) -> float:
    """Likewise, of a log that may not exist."""
    if not log.exists():
        return 0.0
    with log.open("rb") as lines:
        return longest(lines, since)


def overdue(seconds: float) -> list[str]:
    """A finding when a call outlived twice its limit."""
    return [f"a call to Meta took {seconds:.1f} s, its limit is {CALL_SECONDS:g}"] if seconds > 2 * CALL_SECONDS else []


def _seconds(line: bytes, since: datetime) -> float:
    try:
        told = orjson.loads(line)
    except orjson.JSONDecodeError:
        return 0.0
    return float(told["seconds"]) if datetime.fromisoformat(told["timestamp"]) >= since else 0.0
