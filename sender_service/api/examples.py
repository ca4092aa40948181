"""One value that a JSON Schema allows: every request and answer of the documents has an example. Deciding only."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_FORMATS: Final = {
    "date-time": "2026-11-20T10:00:00Z",
    "date": "2026-11-20",
    "uuid": "5f0c3b8e-7f9b-4d0e-8f0d-5b1c2a3d4e5f",
    "binary": "",
}
# What a reader understands at once, where the schema says only "a string".
_NAMES: Final = {
    "phone": "393331234567", "to": "+393331234567", "from": "393331234567", "wa_id": "393331234567", "name": "Ada",
    "text": "Your table is ready.", "email": "ada@example.com", "language": "en_US",
    "phone_number_id": "106540352242922",
    "external_id": "wamid.HBgMMzkzMzMxMjM0NTY3FQIAERgS", "subject": "WhatsApp: Ada", "mime_type": "image/jpeg",
    "display_phone_number": "+39 06 1234 5678", "key": "clb_0123456789ab_" + "0" * 48, "type": "text",
}  # fmt: skip

# One of these has the form that a pattern asks for.
_KNOWN: Final = (
    "hello_world", "106540352242922", "0123456789abcdef", "en_US", "IT", "ACTIVE", "+393331234567",
    "https://example.com/webhooks", "ada@example.com",
)  # fmt: skip
# What refers to itself ends here.
_DEEPEST: Final = 16


def example(schema: Schema, components: Mapping[str, Schema], name: str = "", depth: int = 0) -> Any:
    """A value of the schema; `name` is the field it stands in."""
    if "$ref" in schema:
        found = components[schema["$ref"].rpartition("/")[2]]
        return example(found, components, name, depth + 1)
    if "examples" in schema:
        return schema["examples"][0]
    for key in ("const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return example(_first_real(schema[key]), components, name, depth)
    make: Callable[..., Any] = _BY_TYPE.get(schema.get("type", "object"), _nothing)
    return make(schema, components, name, depth)


def _first_real(choices: list[Schema]) -> Schema:
    return next((choice for choice in choices if choice.get("type") != "null"), choices[0])


def _object(schema: Schema, components: Mapping[str, Schema], _name: str, depth: int) -> dict[str, Any]:
    if depth > _DEEPEST:
        return {}
    return {name: example(inner, components, name, depth + 1) for name, inner in schema.get("properties", {}).items()}


def _array(schema: Schema, components: Mapping[str, Schema], name: str, depth: int) -> list[Any]:
    if depth > _DEEPEST or "items" not in schema:
        return []
    return [example(schema["items"], components, name, depth + 1)]


def _string(schema: Schema, _components: Mapping[str, Schema], name: str, _depth: int) -> str:
    text = _FORMATS.get(schema.get("format", "")) or _NAMES.get(name) or name or "text"
    if "pattern" in schema:
        text = next((known for known in (text, *_KNOWN) if re.search(schema["pattern"], known)), text)
    return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength")]


def _integer(schema: Schema, _components: Mapping[str, Schema], _name: str, _depth: int) -> int:
    return int(max(schema.get("minimum", 0), schema.get("exclusiveMinimum", -1) + 1))


def _number(schema: Schema, _components: Mapping[str, Schema], _name: str, _depth: int) -> float:
    return float(schema.get("maximum", schema.get("minimum", 0.5)))


def _boolean(*_: Any) -> bool:
    return False


def _nothing(*_: Any) -> None:
    return None


_BY_TYPE: Final[Mapping[str, Callable[..., Any]]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
}
