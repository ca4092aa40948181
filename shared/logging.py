"""One wide line per unit of work: JSON for machines, colours on a terminal, and nothing that must not be read.

No token, secret, body or whole phone number leaves this process by its log, whatever a caller passes: the redaction is
the last step before a line is written, for our own lines and for those of libraries.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from functools import lru_cache
from typing import Any, Final, Literal, TextIO

import orjson
import structlog

REDACTED: Final = "[redacted]"
# A module's logger keeps what it found at its first line; tests configure more than once in a process.
CACHED = True
# Of longer texts beginning and end: what failed stands on a traceback's last line.
_BEGINNING: Final = 500
_ENDING: Final = 1_500

# By name, wherever it stands: such a value is never written.
_SECRET_KEYS: Final = frozenset(
    [
        "access_token",
        "api_key",
        "app_secret",
        "appsecret_proof",
        "authorization",
        "body",
        "caption",
        "content",
        "cookie",
        "encryption_key",
        "encryption_keys",
        "hub.challenge",
        "hub.verify_token",
        "message_body",
        "new_token",
        "password",
        "payload",
        "raw",
        "secret",
        "secrets",
        "set_cookie",
        "signature",
        "text",
        "token",
        "token_encrypted",
        "verify_token",
        "x_hub_signature",
        "x_hub_signature_256",
    ]
)
# By name: a phone number, of which the last four digits may stay.
_PHONE_KEYS: Final = frozenset(
    ["contact", "display_phone_number", "from", "phone", "phone_number", "recipient", "recipient_id", "to", "wa_id"]
)
# By name: numbers that are no phone numbers though they look like some.
_ID_KEY: Final = re.compile(r"(^id|_id|_ids|_at|timestamp|sha256|traceparent|fingerprint|version|epoch|port)$")
_SHORT: Final = 64
# Most values: too plain to hold a token, a password or a phone number.
_PLAIN: Final = re.compile(r"[a-z_. ]{0,64}|[0-9a-f-]{32,36}|\d{4}-\d\d-\d\dT[\d:.]+Z", re.ASCII)

_TOKEN: Final = re.compile(
    r"EA[A-Z][A-Za-z0-9]{16,}"
    r"|(?i:bearer|basic) +[A-Za-z0-9._~+/=-]{6,}"
    r"|sha(?:1|256)=[0-9A-Fa-f]+"
    r"|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"
    r"|colomba_[A-Za-z0-9_-]{16,}"
    r"|clb_[0-9a-f]{12}_[0-9a-f]+"
    r"|(?i:access_token|verify_token|app_secret|password|secret|token)[\"']?\s*[=:]\s*[\"']?[^\s\"'&,}]+"
)
_PHONE: Final = re.compile(r"(?<![\w.-])\+?\d[\d ()-]{6,}\d(?![\w-])")

_Event = MutableMapping[str, Any]


class Redaction:
    """The last step before a line is written; `secrets` are values known to be secret, found wherever they stand."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True)
        self._known = re.compile("|".join(re.escape(secret) for secret in known)) if known else None
        # Most of what a line says was said before: names of events, outcomes, numbers' ids.
        self._short = lru_cache(maxsize=4096)(self._cleaned)

    def __call__(self, _logger: object, _method: str, event: _Event) -> _Event:
        """Redact every field of one line, in place."""
        for key, value in event.items():
            kind = type(value)
            if kind is not int and kind is not float and value is not None:
                event[key] = self._field(key, value)
        return event

    def _field(self, key: str, value: object) -> object:
        kind = _kind(key)
        if kind == "secret":
            return REDACTED
        if kind == "phone":
            return last_four(str(value))
        return self._value(value, phones=kind != "id")

    def _value(self, value: object, *, phones: bool) -> object:
        if isinstance(value, str):
            return self.text(value, phones=phones)
        if isinstance(value, Mapping):
            return {str(key): self._field(str(key), inner) for key, inner in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self._value(inner, phones=phones) for inner in value]
        if isinstance(value, (bytes, bytearray, memoryview)):
            return REDACTED
        if isinstance(value, (int, float)) or value is None:
            return value
        return self.text(str(value), phones=phones)

    def text(self, text: str, *, phones: bool = True) -> str:
        """Take secrets out of free text, and phone numbers too unless the text is known to be an id."""
        return self._short(text, phones) if len(text) <= _SHORT else self._cleaned(text, phones)

    def _cleaned(self, text: str, phones: bool) -> str:  # noqa: FBT001 - a keyword would be part of the cache's key
        if self._known is not None:
            text = self._known.sub(REDACTED, text)
        if _PLAIN.fullmatch(text):
            return text
        text = _TOKEN.sub(REDACTED, text)
        if phones:
            text = _PHONE.sub(lambda match: last_four(match.group()), text)
        return text if len(text) <= _BEGINNING + _ENDING else f"{text[:_BEGINNING]} … {text[-_ENDING:]}"


@lru_cache(maxsize=4096)
def _kind(key: str) -> Literal["secret", "phone", "id", "other"]:
    """Say by its name what a field may hold."""
    name = key.lower().replace("-", "_")
    if name in _SECRET_KEYS:
        return "secret"
    if name in _PHONE_KEYS:
        return "phone"
    return "id" if _ID_KEY.search(name) else "other"


def last_four(phone: str) -> str:
    """Show of a phone number what tells two apart and names nobody."""
    return f"…{phone[-4:]}" if len(phone) > 6 else REDACTED


def get_logger(name: str) -> Any:
    """Give a logger; bound on first use, so that modules may ask for one before `configure` has run."""
    return structlog.get_logger(name)


def configure(
    service: str,
    *,
    level: str = "INFO",
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
    console: bool | None = None,
) -> None:
    """Set up logging for the process, once, in `__main__`; `console` None means: when the stream is a terminal."""
    out = sys.stdout if stream is None else stream
    pretty = out.isatty() if console is None else console
    redaction = Redaction(secrets)
    shared = [
        structlog.processors.add_log_level,
        _adding("service", service),
    ]
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    ending = [structlog.processors.format_exc_info, redaction, stamp, _renderer(pretty=pretty)]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *shared, *ending],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=CACHED,
    )
    _configure_libraries(out, shared, ending)


def _configure_libraries(out: TextIO, shared: list[Any], ending: list[Any]) -> None:
    """Send what libraries log through the same steps, from WARNING up: below that they print frames and bodies."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending]
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    # It repeats at ERROR every attempt to connect; ours says once that the broker is away, and once that it is back.
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)


def _renderer(*, pretty: bool) -> Any:
    if pretty:
        return structlog.dev.ConsoleRenderer(colors=True)
    return structlog.processors.JSONRenderer(serializer=_json)


def _json(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()


def _adding(key: str, value: str) -> Any:
    def add(_logger: object, _method: str, event: _Event) -> _Event:
        event[key] = value
        return event

    return add
