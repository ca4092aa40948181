"""A route as data: everything that routing, access control, the OpenAPI document and the access test need to know."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from sender_service.access import Actor, Role
from sender_service.runtime import Runtime

Query = TypeVar("Query", bound=BaseModel)
Body = TypeVar("Body")


class Nothing(BaseModel):
    """No query parameters, or an empty body."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Call(Generic[Query, Body]):
    """One authenticated request, validated: what a handler gets."""

    runtime: Runtime
    actor: Actor
    path: dict[str, str]
    query: Query
    body: Body
    request: web.Request

    @property
    def organization_id(self) -> int:
        return self.actor.organization_id


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with headers or a status of its own; plain values answer with the route's status."""

    value: Any
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ready:
    """An answer whose query made it what the route's model says: rows go out as they are, unlike what is validated."""

    value: Any


HandlerFunction = Callable[[Call[Any, Any]], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One path and method of the API.

    `role` is the least role that may call it. `body` None: no body is read; a handler may read it itself, then `reads`
    documents its JSON form and `consumes` names its types. `answer` None: the
    handler answers with a response of its own, of the type `produces`.
    """

    method: str
    path: str
    role: Role
    handler: HandlerFunction
    summary: str
    tag: str
    query: type[BaseModel] = Nothing
    body: Any = None
    reads: Any = None
    answer: Any = None
    status: int = 200
    consumes: tuple[str, ...] = ("application/json",)
    produces: tuple[str, ...] = ("application/json",)
    errors: tuple[str, ...] = ()
    max_bytes: int = 1 << 20
    optional_body: bool = False

    @property
    def name(self) -> str:
        return f"{self.tag}.{self.handler.__name__}"
