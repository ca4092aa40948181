"""Whether a body was signed with one of an app's secrets. No input or output: bytes in, a verdict out.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/create-webhook-endpoint
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from typing import Final

HEADER: Final = "X-Hub-Signature-256"
_FORM: Final = re.compile(r"sha256=([0-9a-fA-F]{64})", re.ASCII)


def claimed(headers: Sequence[str]) -> bytes | None:
    """Give the digest the signature headers claim; None unless there is exactly one, of the right form."""
    if len(headers) != 1:
        return None
    match = _FORM.fullmatch(headers[0])
    return bytes.fromhex(match[1]) if match else None


def is_signed(body: bytes, claim: bytes, secrets: Sequence[bytes]) -> bool:
    """Compare the claimed digest with that of every secret, in constant time."""
    signed = False
    for secret in secrets:
        signed |= hmac.compare_digest(hmac.digest(secret, body, "sha256"), claim)
    return signed


def is_token(given: str, expected: str) -> bool:
    """Compare a verify token in constant time; an empty one never matches."""
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
