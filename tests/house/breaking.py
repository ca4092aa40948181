"""What a change of a contract would break for programs written against the one before."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
# A narrower bound refuses what was taken before.
_UPPER, _LOWER = ("maxLength", "maxItems", "maximum", "exclusiveMaximum"), ("minLength", "minItems", "minimum")


def of_api(old: Schema, new: Schema) -> list[str]:
    """Breaking changes between two OpenAPI documents."""
    found: list[str] = []
    for path, methods in old["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            now = new["paths"].get(path, {}).get(method)
            if now is None:
                found.append(f"{name}: is gone")
            else:
                found += [f"{name}: {change}" for change in _operation(operation, now, (old, new))]
    return found


def of_bus(old: Schema, new: Schema) -> list[str]:
    """Breaking changes between two AsyncAPI documents."""
    found: list[str] = []
    for name, channel in old["channels"].items():
        now = new["channels"].get(name)
        if now is None or (now["address"], now["bindings"]) != (channel["address"], channel["bindings"]):
            found.append(f"channel {name}: is gone or has another address")
    for name, schema in old["components"]["schemas"].items():
        now = new["components"]["schemas"].get(name)
        if now is None:
            found.append(f"schema {name}: is gone")
            continue
        compare = _narrower if name.startswith("send_message") else _poorer
        found += [f"{name}: {change}" for change in compare(schema, now, (schema, now), "")]
    return found


def _operation(old: Schema, new: Schema, roots: tuple[Schema, Schema]) -> Iterator[str]:
    before = {parameter["name"]: parameter for parameter in old["parameters"]}
    after = {parameter["name"]: parameter for parameter in new["parameters"]}
    for name in before.keys() - after.keys():
        yield f"parameter {name}: is gone"
    for name, parameter in after.items():
        if parameter["required"] and not before.get(name, {}).get("required"):
            yield f"parameter {name}: is required now"
        if name in before:
            yield from _narrower(before[name]["schema"], parameter["schema"], roots, f"parameter {name}")
    yield from _body(old.get("requestBody"), new.get("requestBody"), roots)
    yield from _answers(old["responses"], new["responses"], roots)


def _body(old: Schema | None, new: Schema | None, roots: tuple[Schema, Schema]) -> Iterator[str]:
    if new is not None and new["required"] and (old is None or not old["required"]):
        yield "body: is required now"
    for kind, content in ((old or {}).get("content") or {}).items():
        now = ((new or {}).get("content") or {}).get(kind)
        if now is None:
            yield f"body: {kind} is not read any more"
        else:
            yield from _narrower(content["schema"], now["schema"], roots, "body")


def _answers(old: Schema, new: Schema, roots: tuple[Schema, Schema]) -> Iterator[str]:
    for status, answer in old.items():
        if status >= "300":
            continue
        if status not in new:
            yield f"answer {status}: is gone"
            continue
        for kind, content in answer["content"].items():
            now = new[status]["content"].get(kind)
            if now is None:
                yield f"answer {status}: {kind} is gone"
            else:
                yield from _poorer(content["schema"], now["schema"], roots, f"answer {status}")


def _narrower(old: Schema, new: Schema, roots: tuple[Schema, Schema], place: str) -> Iterator[str]:
    """What was taken before and is not taken now."""
    old, new = _resolved(old, roots[0]), _resolved(new, roots[1])
    yield from _kinds(old, new, place)
    if gone := [value for value in old.get("enum", []) if "enum" in new and value not in new["enum"]]:
        yield f"{place}: {gone} are not taken any more"
    yield from _bounds(old, new, place)
    for name in set(new.get("required", [])) - set(old.get("required", [])):
        yield f"{place}.{name}: is required now"
    yield from _inner(old, new, roots, place, compare=_narrower)


def _poorer(old: Schema, new: Schema, roots: tuple[Schema, Schema], place: str) -> Iterator[str]:
    """What was told before and is not told now."""
    old, new = _resolved(old, roots[0]), _resolved(new, roots[1])
    yield from _kinds(old, new, place)
    for name in set(old.get("required", [])) - set(new.get("required", [])):
        yield f"{place}.{name}: may be missing now"
    yield from _inner(old, new, roots, place, compare=_poorer)


def _inner(old: Schema, new: Schema, roots: tuple[Schema, Schema], place: str, *, compare: Any) -> Iterator[str]:
    for name, schema in old.get("properties", {}).items():
        if name in new.get("properties", {}):
            yield from compare(schema, new["properties"][name], roots, f"{place}.{name}")
        else:
            yield f"{place}.{name}: is gone"
    if "items" in old and "items" in new:
        yield from compare(old["items"], new["items"], roots, f"{place}[]")
    for before, after in zip(old.get("anyOf", []), new.get("anyOf", []), strict=False):
        yield from compare(before, after, roots, place)


def _kinds(old: Schema, new: Schema, place: str) -> Iterator[str]:
    if old.get("type") != new.get("type") or old.get("const") != new.get("const"):
        yield f"{place}: has another type"
    before, after = ([choice.get("type") for choice in schema.get("anyOf", [])] for schema in (old, new))
    if any(kind not in after for kind in before):
        yield f"{place}: has fewer types"
    if "pattern" in new and old.get("pattern") != new["pattern"]:
        yield f"{place}: has another pattern"


def _bounds(old: Schema, new: Schema, place: str) -> Iterator[str]:
    for bound in _UPPER:
        if bound in new and new[bound] < old.get(bound, float("inf")):
            yield f"{place}: {bound} is lower"
    for bound in _LOWER:
        if bound in new and new[bound] > old.get(bound, float("-inf")):
            yield f"{place}: {bound} is higher"


def _resolved(schema: Schema, root: Schema) -> Schema:
    seen = schema
    while "$ref" in seen:
        found: Any = root
        for part in seen["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        seen = found
    return seen
