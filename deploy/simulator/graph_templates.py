"""Templates of the Graph API: list with cursors, create, edit, delete; and Meta's review, which takes its time."""

import asyncio
import base64
from typing import Any, Final

from aiohttp import web

from deploy.simulator.catalogue import Template
from deploy.simulator.errors import Problem, problem
from deploy.simulator.replies import answer, json_of, refused
from deploy.simulator.world import World

_EDITABLE: Final = frozenset({"APPROVED", "REJECTED", "PAUSED"})
_PAGE: Final = 25
_PAGE_MAX: Final = 100
_FIELDS: Final = ("name", "language", "category", "components")


class GraphTemplates:
    """The handlers."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        path = "/{version}/{id}/message_templates"
        return [web.get(path, self.listed), web.post(path, self.create), web.delete(path, self.delete)]

    async def listed(self, request: web.Request) -> web.Response:
        """A page in the order of ids; `after` and `before` are cursors."""
        query, found = request.query, self._found(request)
        limit = min(_PAGE_MAX, int(query.get("limit", _PAGE)))
        start = _place(query.get("after", ""), found)
        if start is None:
            return refused(self._world, problem(131059))
        page = found[start : start + limit]
        paging: dict[str, Any] = {}
        if page:
            paging["cursors"] = {"before": _cursor(page[0]), "after": _cursor(page[-1])}
        if start + limit < len(found):
            paging["next"] = str(request.url.update_query(after=_cursor(page[-1]), limit=limit))
        return answer({"data": [_shown(each, query.get("fields")) for each in page], "paging": paging})

    def _found(self, request: web.Request) -> list[Template]:
        query = request.query
        wanted = {name: query[name] for name in ("name", "language", "status", "category") if name in query}
        templates = self._world.catalogue.of(request.match_info["id"]).values()
        found = [each for each in templates if all(getattr(each, name) == value for name, value in wanted.items())]
        return sorted(found, key=lambda each: each.id)

    async def create(self, request: web.Request) -> web.Response:
        """PENDING first, as at Meta."""
        waba_id, body = request.match_info["id"], await json_of(request)
        wrong = self._creation_problem(waba_id, body)
        if wrong is not None:
            return refused(self._world, wrong)
        fields = {name: body[name] for name in _FIELDS}
        form = str(body.get("parameter_format") or "POSITIONAL").upper()
        template = self._world.catalogue.add(waba_id, {**fields, "status": "PENDING", "parameter_format": form})
        self._review(waba_id, template)
        return answer({"id": template.id, "status": template.status, "category": template.category})

    def _creation_problem(self, waba_id: str, body: dict[str, Any]) -> Problem | None:
        for name in _FIELDS:
            if not body.get(name):
                return problem(100, f"The parameter {name} is required.")
        name = str(body["name"])
        if len(name) > 512 or not name.replace("_", "").isalnum() or not name.isascii() or name != name.lower():
            return problem(100, "name: only lowercase letters, digits and underscores, at most 512")
        if self._world.catalogue.find(waba_id, name, body["language"]) is not None:
            return problem(100, "Content in this language already exists for this template name.")
        return _components_problem(body["components"])

    async def edit(self, request: web.Request, waba_id: str, template: Template) -> web.Response:
        """`POST /{template-id}`."""
        body = await json_of(request)
        if template.status not in _EDITABLE:
            return refused(self._world, problem(2388039))
        if "category" in body and body["category"] != template.category and template.status == "APPROVED":
            return refused(self._world, problem(100, "The category of an approved template cannot be edited."))
        wrong = _components_problem(body.get("components") or template.components)
        if wrong is not None:
            return refused(self._world, wrong)
        template.components = body.get("components") or template.components
        template.category = body.get("category") or template.category
        template.status = "PENDING"
        self._review(waba_id, template)
        return answer({"success": True, "id": template.id, "name": template.name, "category": template.category})

    async def delete(self, request: web.Request) -> web.Response:
        """By name: every language; by hsm_id and name: one."""
        waba_id, query = request.match_info["id"], request.query
        gone = [
            each
            for each in self._world.catalogue.of(waba_id).values()
            if each.name == query.get("name") and query.get("hsm_id", each.id) == each.id
        ]
        if not gone:
            return refused(self._world, problem(100, "No template with this name."))
        for template in gone:
            self._world.catalogue.remove(waba_id, template)
            self._world.tell_template(waba_id, template, "PENDING_DELETION")
        return answer({"success": True})

    def _review(self, waba_id: str, template: Template) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(self._world.options.template_review_s, self._world.approve, waba_id, template)


def _components_problem(components: Any) -> Problem | None:
    if not isinstance(components, list) or not all(isinstance(each, dict) for each in components):
        return problem(100, "components must be an array of objects.")
    bodies = [each for each in components if str(each.get("type")).upper() == "BODY"]
    if len(bodies) != 1:
        return problem(2388072, "A template has exactly one BODY.")
    if not 1 <= len(str(bodies[0].get("text") or "")) <= 1024:
        return problem(2388040, "The body has 1 to 1024 characters.")
    return None


def _cursor(template: Template) -> str:
    return base64.urlsafe_b64encode(template.id.encode()).decode().rstrip("=")


def _place(after: str, found: list[Template]) -> int | None:
    """Where the page after that cursor begins; None for a cursor that is none."""
    if not after:
        return 0
    try:
        last = base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)).decode()
    except ValueError:
        return None
    return sum(1 for each in found if each.id <= last) if last.isdecimal() else None


def _shown(template: Template, fields: str | None) -> dict[str, Any]:
    whole = template.as_dict()
    if not fields:
        return {name: value for name, value in whole.items() if name not in {"quality_score", "rejected_reason"}}
    return {name: whole[name] for name in ["id", *fields.split(",")] if name in whole}
