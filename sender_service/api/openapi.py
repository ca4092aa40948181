"""The OpenAPI 3.1 document, made from the route table and the models that validate. Deciding only."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from pydantic import TypeAdapter

from sender_service.api.examples import example
from sender_service.api.problems import CODES, Problem, document
from sender_service.api.route import Nothing, Route
from sender_service.api.shapes.parts import ProblemDocument

VERSION: Final = "1.0.0"
_REF: Final = "#/components/schemas/{model}"
_EVERYWHERE: Final = (
    "BAD_REQUEST", "UNAUTHORIZED", "FORBIDDEN", "ORGANIZATION_MISMATCH", "VALIDATION_FAILED", "RATE_LIMITED",
    "INTERNAL", "SERVICE_UNAVAILABLE", "UNSUPPORTED_MEDIA_TYPE",
)  # fmt: skip
_DESCRIPTION: Final = """\
Sends WhatsApp messages and shows what became of them.

- A **bearer key** belongs to one organization and one role; `X-Organization-Id` may name that organization.
- **Errors** are RFC 9457 problem documents; `errorCode` is what programs decide on.
- **Lists** are newest first: `page` and `limit`, or the cursor in `next`. `total` is exact up to 10,000.
- **202** means: the message is a row, visible and cancellable. What becomes of it comes as events, on the bus
  (see [asyncapi.json](/asyncapi.json)) and as server-sent events.
- The same `Idempotency-Key` with the same body is the same message, for 30 days.
"""


def openapi(routes: Sequence[Route], prefix: str) -> dict[str, Any]:
    """The whole document."""
    schemas, components = _schemas(routes)
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for route in routes:
        paths[prefix + route.path][route.method.lower()] = _operation(route, schemas, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Colomba", "version": VERSION, "description": _DESCRIPTION, "license": {"name": "MIT"}},
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes)],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": "An API key: clb_…"}},
            "schemas": dict(sorted(components.items())),
        },
    }


def _schemas(routes: Iterable[Route]) -> tuple[dict[Any, Any], dict[str, Any]]:
    """((model, mode) -> schema, name -> component) of everything the routes read and answer."""
    wanted: dict[tuple[str, str], tuple[str, Any, TypeAdapter[Any]]] = {}
    for route in routes:
        for model, mode in ((route.body or route.reads, "validation"), (route.answer, "serialization")):
            if model is not None:
                wanted[_key(model), mode] = (_key(model), mode, TypeAdapter(model))
        wanted[_key(route.query), "validation"] = (_key(route.query), "validation", TypeAdapter(route.query))
    wanted[_key(ProblemDocument), "serialization"] = (
        _key(ProblemDocument),
        "serialization",
        TypeAdapter(ProblemDocument),
    )
    schemas, shared = TypeAdapter.json_schemas(list(wanted.values()), ref_template=_REF)
    return dict(schemas), dict(shared.get("$defs", {}))


def _key(model: Any) -> str:
    return repr(model)


def _operation(route: Route, schemas: dict[Any, Any], components: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": f"{route.method.lower()}{re.sub(r'[^a-zA-Z0-9]+', '_', route.path)}".rstrip("_"),
        "tags": [route.tag],
        "summary": route.summary,
        "description": f"Needs the role **{route.role.name}** or one above it. {_first_sentence(route)}".strip(),
        "parameters": [*_path_parameters(route), *_query_parameters(route, schemas, components), *_headers(route)],
        "responses": {str(route.status): _success(route, schemas, components), **_refusals(route, schemas)},
    }
    if request := _request(route, schemas, components):
        told["requestBody"] = request
    return told


def _first_sentence(route: Route) -> str:
    return (route.handler.__doc__ or "").strip().split("\n\n", maxsplit=1)[0]


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}, "example": "17"}
        for name in re.findall(r"\{([a-z_]+)\}", route.path)
    ]


def _query_parameters(route: Route, schemas: dict[Any, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    if route.query is Nothing:
        return []
    schema = _resolved(schemas[_key(route.query), "validation"], components)
    required = schema.get("required", [])
    return [_query_parameter(name, facts, name in required) for name, facts in schema["properties"].items()]


def _query_parameter(name: str, facts: dict[str, Any], required: bool) -> dict[str, Any]:  # noqa: FBT001 - as OpenAPI has it
    """A parameter that is left out is null: null itself cannot be written in a query."""
    inner = {key: value for key, value in facts.items() if key not in {"description", "title"}}
    if "anyOf" in inner:
        choices = [choice for choice in inner.pop("anyOf") if choice != {"type": "null"}]
        inner = {**(choices[0] if len(choices) == 1 else {"anyOf": choices}), **inner}
    if inner.get("default", ...) is None:
        del inner["default"]
    told = {"name": name, "in": "query", "required": required, "schema": inner}
    if "description" in facts:
        told["description"] = facts["description"]
    if inner.get("type") == "array":
        told |= {"style": "form", "explode": False}
    return told


def _headers(route: Route) -> list[dict[str, Any]]:
    organization = {
        "name": "X-Organization-Id", "in": "header", "required": False, "schema": {"type": "string"},
        "description": "Must be the organization of the key; 403 otherwise.",
    }  # fmt: skip
    key = {
        "name": "Idempotency-Key", "in": "header", "required": False,
        "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,200}$"},
        "description": "Made and returned when it is not given.",
    }  # fmt: skip
    return [organization, key] if "IDEMPOTENCY_CONFLICT" in route.errors else [organization]


def _request(route: Route, schemas: dict[Any, Any], components: dict[str, Any]) -> dict[str, Any] | None:
    model = route.body or route.reads
    if model is None and route.consumes == ("application/json",):
        return None
    content: dict[str, Any] = {}
    for kind in route.consumes:
        if model is not None and kind == "application/json":
            schema = schemas[_key(model), "validation"]
            content[kind] = {"schema": schema, **_examples(schema, components)}
        else:
            content[kind] = {"schema": {"type": "string"}}
    return {"required": not route.optional_body, "content": content}


def _success(route: Route, schemas: dict[Any, Any], components: dict[str, Any]) -> dict[str, Any]:
    if route.answer is None:
        content = {kind: {"schema": {"type": "string"}} for kind in route.produces}
        return {"description": route.summary, "content": content}
    schema = schemas[_key(route.answer), "serialization"]
    told: dict[str, Any] = {
        "description": route.summary,
        "content": {"application/json": {"schema": schema, **_examples(schema, components)}},
    }
    if "IDEMPOTENCY_CONFLICT" in route.errors:
        told["headers"] = {"Idempotency-Key": {"schema": {"type": "string"}}}
    return told


def _examples(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    """Those the model itself carries, else one that is made from the schema."""
    own = _resolved(schema, components).get("examples")
    if own:
        return {"examples": {f"example_{place}": {"value": value} for place, value in enumerate(own, 1)}}
    return {"example": example(schema, components)}


def _refusals(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    """Every refusal a route may give, one answer for each HTTP status with an example for each code."""
    codes = dict.fromkeys((*_EVERYWHERE, *_own_codes(route)))
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in codes:
        by_status[CODES[code][0]].append(code)
    schema = schemas[_key(ProblemDocument), "serialization"]
    return {str(status): _refusal(names, schema) for status, names in sorted(by_status.items())}


def _own_codes(route: Route) -> Iterable[str]:
    yield from route.errors
    if "{" in route.path:
        yield "NOT_FOUND"
    if route.body is not None or route.consumes != ("application/json",):
        yield "PAYLOAD_TOO_LARGE"
    if "page" in route.query.model_fields:
        yield "PAGE_TOO_DEEP"


def _refusal(codes: Sequence[str], schema: dict[str, Any]) -> dict[str, Any]:
    examples = {code: {"value": document(Problem(code), "/api/v1/…")} for code in codes}
    told: dict[str, Any] = {
        "description": "; ".join(f"`{code}`: {CODES[code][1]}" for code in codes),
        "content": {"application/problem+json": {"schema": schema, "examples": examples}},
    }
    if "RATE_LIMITED" in codes:
        told["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return told


def _resolved(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    found: dict[str, Any] = components[reference.rpartition("/")[2]] if reference else schema
    return found
