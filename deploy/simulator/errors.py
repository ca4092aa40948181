"""Meta's error answers, made from the table of its 109 codes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

_TABLE: Final[dict[int, dict[str, Any]]] = {
    row["code"]: row
    for row in orjson.loads(Path(__file__).with_name("error-codes.json").read_bytes())["codes"]
    if isinstance(row["code"], int)
}
_TRANSIENT: Final = frozenset({1, 2, 4, 80007, 130429, 131000, 131016, 131048, 131056, 133004})


@dataclass(frozen=True, slots=True)
class Problem:
    """Why Meta refuses. `details` is the sentence of error_data."""

    code: int
    details: str

    @property
    def status(self) -> int:
        """The HTTP status last documented for the code (2025-11); 400 where none ever was."""
        return int(_TABLE.get(self.code, {}).get("http_2025_11") or 400)

    @property
    def title(self) -> str:
        return str(_TABLE.get(self.code, {}).get("meaning") or "Unknown error")

    def body(self, trace: str) -> bytes:
        """The answer's body, in the shape of the Graph API."""
        return orjson.dumps(
            {
                "error": {
                    "message": f"(#{self.code}) {self.title}",
                    "type": "OAuthException",
                    "code": self.code,
                    "error_data": {"messaging_product": "whatsapp", "details": self.details},
                    "is_transient": self.code in _TRANSIENT,
                    "fbtrace_id": trace,
                }
            }
        )

    def in_webhook(self) -> dict[str, Any]:
        """The same as an element of `errors` in a webhook."""
        return {
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": self.details},
            "href": "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes",
        }


def problem(code: int, details: str | None = None) -> Problem:
    return Problem(code, details or str(_TABLE.get(code, {}).get("meaning") or "Unknown error"))
