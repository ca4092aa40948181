"""A template as Meta stores it, and what has to be filled in.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/templates/components
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

_PLACEHOLDER: Final = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTemplate:
    """One language of one template. `components` is Meta's list; `disabled` is our own DISABLED, which only a person
    lifts.
    """

    name: str
    language: str
    status: str = "APPROVED"
    category: str | None = None
    parameter_format: str = "POSITIONAL"
    components: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    disabled: bool = False

    @property
    def named(self) -> bool:
        return self.parameter_format.upper() == "NAMED"


@lru_cache(maxsize=4096)
def placeholders(text: str) -> tuple[str, ...]:
    """The names of `{{1}}` or `{{first_name}}` in a text, each once; numbers in their order, names as they stand."""
    names = tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))
    return tuple(sorted(names, key=int)) if all(name.isdecimal() for name in names) else names


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced; what has no value stays visible as a placeholder."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def component(components: Sequence[Mapping[str, Any]], kind: str) -> Mapping[str, Any] | None:
    """The component of that type (HEADER, BODY, FOOTER, BUTTONS, CAROUSEL, LIMITED_TIME_OFFER), in whatever case it is
    written.
    """
    for part in components:
        if str(part.get("type", "")).upper() == kind:
            return part
    return None


def component_text(components: Sequence[Mapping[str, Any]], kind: str) -> str:
    """The text of a component; empty where it has none."""
    part = component(components, kind)
    return str(part.get("text") or "") if part else ""


def body_text(template: StoredTemplate) -> str:
    """The text of the body. Meta writes that of authentication templates itself; until it did, it is the code alone."""
    text = component_text(template.components, "BODY")
    return "{{1}}" if not text and template.category == "AUTHENTICATION" else text


def header_format(components: Sequence[Mapping[str, Any]]) -> str | None:
    """TEXT, IMAGE, VIDEO, DOCUMENT, LOCATION, PRODUCT, or None without a header."""
    part = component(components, "HEADER")
    return str(part.get("format") or "TEXT").upper() if part else None


def buttons(components: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The buttons with their index."""
    part = component(components, "BUTTONS")
    yield from enumerate(part.get("buttons") or () if part else ())


def cards(components: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The cards of a carousel."""
    part = component(components, "CAROUSEL")
    return list(part.get("cards") or ()) if part else ()
