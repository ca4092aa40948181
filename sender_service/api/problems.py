"""Refusals as RFC 9457 problem JSON with an `errorCode`; nothing else ever leaves as an error."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
import structlog
from aiohttp import web

from shared.contracts.errors import ContractViolation
from shared.messaging.errors import BrokerAway, NeighbourAway, PublishFailed

log = structlog.get_logger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# errorCode -> (HTTP status, title). The complete list; the OpenAPI document is made from it.
CODES: Mapping[str, tuple[int, str]] = {
    "BAD_REQUEST": (400, "The request could not be read"),
    "UNAUTHORIZED": (401, "A valid API key is needed"),
    "FORBIDDEN": (403, "The role of this key may not do that"),
    "ORGANIZATION_MISMATCH": (403, "The key belongs to another organization"),
    "NOT_FOUND": (404, "There is no such thing"),
    "METHOD_NOT_ALLOWED": (405, "This path does not answer to that method"),
    "CONFLICT": (409, "The state of the thing does not allow that"),
    "IDEMPOTENCY_CONFLICT": (409, "The same Idempotency-Key came with another body"),
    "PAYLOAD_TOO_LARGE": (413, "The body is too large"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "The body has a type this path does not read"),
    "VALIDATION_FAILED": (422, "The request breaks the contract"),
    "PAGE_TOO_DEEP": (422, "Pages past 1,000 are reached with the cursor in `next`"),
    "RATE_LIMITED": (429, "Too many requests with this key"),
    "INTERNAL": (500, "Something went wrong here"),
    "UPSTREAM_REFUSED": (422, "Meta refused the call"),
    "SERVICE_UNAVAILABLE": (503, "A neighbour is away; try again"),
}


class Problem(Exception):
    """One refusal; `facts` are added to the problem document (field errors, the number concerned …)."""

    def __init__(self, code: str, detail: str = "", *, headers: Mapping[str, str] | None = None, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.headers = headers or {}
        self.facts = facts

    @property
    def status(self) -> int:
        return CODES[self.code][0]


def not_found(what: str) -> Problem:
    """Also for what belongs to another organization: no hint that it exists."""
    return Problem("NOT_FOUND", f"no such {what}")


def invalid(field: str, problem: str) -> Problem:
    """One field that breaks the contract."""
    return Problem("VALIDATION_FAILED", f"{field}: {problem}", errors=[{"field": field, "problem": problem}])


def document(problem: Problem, path: str) -> dict[str, Any]:
    """The body of RFC 9457 (type stays about:blank; errorCode is what programs decide on)."""
    status, title = CODES[problem.code]
    body = {"type": "about:blank", "title": title, "status": status, "errorCode": problem.code}
    return body | {"detail": problem.detail or title, "instance": path} | problem.facts


def response(problem: Problem, path: str) -> web.Response:
    """A problem as an HTTP answer."""
    return web.Response(
        status=problem.status,
        body=orjson.dumps(document(problem, path)),
        content_type="application/problem+json",
        headers=problem.headers,
    )


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever is raised below into one problem document; unexpected errors show nothing of themselves."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return response(from_http(error), request.path)
    except Exception as error:  # noqa: BLE001 - the middleware is where every error becomes an answer
        return response(from_error(error), request.path)


def from_http(error: web.HTTPException) -> Problem:
    """Refusals of aiohttp itself (no such path, wrong method, body too large)."""
    by_status = {status: code for code, (status, _) in reversed(list(CODES.items()))}
    code = by_status.get(error.status, "BAD_REQUEST")
    allow = error.headers.get("Allow")
    return Problem(code, headers={"Allow": allow} if allow else None)


def from_error(error: Exception) -> Problem:
    """What the story or a neighbour said, as the caller may know it."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, ContractViolation):
        return invalid(error.field, error.problem)
    if isinstance(error, NeighbourAway | BrokerAway | PublishFailed | TimeoutError):
        return Problem("SERVICE_UNAVAILABLE", headers={"Retry-After": "2"})
    log.error("request.failed", exc_info=error)
    return Problem("INTERNAL")
