"""The id of one attempt to send one message, carried to Meta and echoed by its statuses.

`<installation token>.<message id>.<attempt>`, sent as `biz_opaque_callback_data`; without the token another
installation's echoes could be taken for ours.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_LENGTH = 512
_MAX_MESSAGE_ID = 2**63 - 1
_MAX_ATTEMPT = 2**15 - 1


@dataclass(frozen=True, slots=True)
class AttemptId:
    """Attempt number `attempt` (from 1) of message `message_id`."""

    message_id: int
    attempt: int


def encode(installation: str, message_id: int, attempt: int) -> str:
    """Write the attempt id that Meta echoes."""
    return f"{installation}.{message_id}.{attempt}"


def decode(installation: str, text: object) -> AttemptId | None:
    """Read an echoed attempt id; None when it is another installation's, a caller's own data, or broken."""
    if not isinstance(text, str) or len(text) > MAX_LENGTH:
        return None
    token, _, rest = text.partition(".")
    message_id, _, attempt = rest.partition(".")
    if token != installation or not _is_number(message_id, _MAX_MESSAGE_ID) or not _is_number(attempt, _MAX_ATTEMPT):
        return None
    return AttemptId(int(message_id), int(attempt))


def _is_number(text: str, most: int) -> bool:
    """Tell whether the text is a number from 1 to `most`, written as `encode` writes it."""
    return len(text) <= len(str(most)) and text.isascii() and text.isdigit() and text[0] != "0" and int(text) <= most
