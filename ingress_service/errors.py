"""Every answer but 200, with the code a caller can act on. Nothing in them repeats what was sent.

Refusal                 status   errorCode
  SIGNATURE_INVALID       403    WHATSAPP_SIGNATURE_INVALID
  VERIFICATION_FAILED     403    WHATSAPP_VERIFICATION_FAILED
  BODY_INVALID            400    WHATSAPP_BODY_INVALID
  BODY_INCOMPLETE         400    WHATSAPP_BODY_INCOMPLETE
  APP_UNKNOWN             404    WHATSAPP_APP_UNKNOWN
  NOT_FOUND               404    NOT_FOUND
  METHOD_NOT_ALLOWED      405    METHOD_NOT_ALLOWED
  BODY_TOO_SLOW           408    REQUEST_TIMEOUT
  BODY_TOO_LARGE          413    PAYLOAD_TOO_LARGE
  ENCODING_UNSUPPORTED    415    CONTENT_ENCODING_UNSUPPORTED
  FAULT                   500    INTERNAL_ERROR
  TOO_BUSY                503    SERVICE_BUSY
  BROKER_AWAY             503    BROKER_UNAVAILABLE
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import orjson


class ConfigurationError(Exception):
    """The service cannot start as it is configured."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer other than 200: its status, the code, and a sentence for a person."""

    status: int
    error_code: str
    title: str

    def body(self) -> bytes:
        """Give the answer's body: problem JSON (RFC 9457) with our code."""
        problem = {"type": "about:blank", "title": self.title, "status": self.status, "errorCode": self.error_code}
        return orjson.dumps(problem)


class Refused(Exception):
    """A request is not taken; `refusal` is the answer."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.error_code)
        self.refusal = refusal


SIGNATURE_INVALID: Final = Refusal(403, "WHATSAPP_SIGNATURE_INVALID", "The signature does not match the body")
VERIFICATION_FAILED: Final = Refusal(403, "WHATSAPP_VERIFICATION_FAILED", "The verify token does not match")
BODY_INVALID: Final = Refusal(400, "WHATSAPP_BODY_INVALID", "The body is not a JSON object")
BODY_INCOMPLETE: Final = Refusal(400, "WHATSAPP_BODY_INCOMPLETE", "The body ended before its announced length")
APP_UNKNOWN: Final = Refusal(404, "WHATSAPP_APP_UNKNOWN", "There is no such app")
NOT_FOUND: Final = Refusal(404, "NOT_FOUND", "There is nothing at this path")
METHOD_NOT_ALLOWED: Final = Refusal(405, "METHOD_NOT_ALLOWED", "This path takes GET and POST only")
BODY_TOO_SLOW: Final = Refusal(408, "REQUEST_TIMEOUT", "The body did not arrive in time")
BODY_TOO_LARGE: Final = Refusal(413, "PAYLOAD_TOO_LARGE", "The body is over 4 MiB")
ENCODING_UNSUPPORTED: Final = Refusal(
    415, "CONTENT_ENCODING_UNSUPPORTED", "The body must come without Content-Encoding"
)
FAULT: Final = Refusal(500, "INTERNAL_ERROR", "Something went wrong here")
TOO_BUSY: Final = Refusal(503, "SERVICE_BUSY", "Too many bodies are being received; send it again")
BROKER_AWAY: Final = Refusal(503, "BROKER_UNAVAILABLE", "The webhook could not be stored; send it again")
