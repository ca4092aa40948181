"""Templates at Meta: listed with cursors, created, edited, deleted.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-management
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sender_service.cloud_api.graph import Graph, GraphAway, GraphRefused

PAGE: Final = 100
# 6,000 templates are the most an account can have; a list that never ends is not one.
_PAGES_MOST: Final = 100
_INVALID_CURSOR: Final = 131059
_FIELDS: Final = "id,name,language,status,category,parameter_format,components,quality_score,rejected_reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteTemplate:
    """One language of one template as Meta has it."""

    meta_id: str
    name: str
    language: str
    status: str
    category: str | None = None
    parameter_format: str = "POSITIONAL"
    components: Sequence[Mapping[str, Any]] = ()
    quality: str | None = None
    rejected_reason: str | None = None


async def everything(graph: Graph, waba_id: str, token: str) -> list[RemoteTemplate]:
    """All templates of an account. A cursor that Meta no longer knows starts the list over, once."""
    try:
        return [each async for page in pages(graph, waba_id, token) for each in page]
    except GraphRefused as error:
        if error.code != _INVALID_CURSOR:
            raise
    return [each async for page in pages(graph, waba_id, token) for each in page]


async def pages(graph: Graph, waba_id: str, token: str) -> AsyncIterator[list[RemoteTemplate]]:
    """Page by page, following `after` as long as Meta says there is a next."""
    query = {"fields": _FIELDS, "limit": str(PAGE)}
    for _ in range(_PAGES_MOST):
        answer = await graph.get(f"{waba_id}/message_templates", token, **query)
        yield [parsed(raw) for raw in answer.get("data") or ()]
        after = following(answer)
        if after is None:
            return
        query["after"] = after
    raise GraphAway(f"more than {_PAGES_MOST} pages of templates")


def following(answer: Mapping[str, Any]) -> str | None:
    """The cursor of the next page; None on the last."""
    paging = answer.get("paging") or {}
    after = (paging.get("cursors") or {}).get("after")
    return after if paging.get("next") and isinstance(after, str) and after else None


def parsed(raw: Mapping[str, Any]) -> RemoteTemplate:
    """One element of the list; what Meta leaves out gets its documented default."""
    quality = raw.get("quality_score")
    reason = raw.get("rejected_reason")
    return RemoteTemplate(
        meta_id=str(raw["id"]),
        name=str(raw["name"]),
        language=str(raw["language"]),
        status=str(raw.get("status") or "PENDING").upper(),
        category=raw.get("category"),
        parameter_format=str(raw.get("parameter_format") or "POSITIONAL").upper(),
        components=list(raw.get("components") or ()),
        quality=quality.get("score") if isinstance(quality, Mapping) else None,
        rejected_reason=reason if reason and reason != "NONE" else None,
    )


async def create(graph: Graph, waba_id: str, token: str, template: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """Submit a new one (name, language, category, components, parameter_format); returns id, status and category."""
    answer = await graph.post(f"{waba_id}/message_templates", token, template)
    if not answer.get("id"):
        raise GraphAway("a template without an id")
    return str(answer["id"]), str(answer.get("status") or "PENDING").upper(), answer.get("category")


async def edit(graph: Graph, meta_id: str, token: str, changes: Mapping[str, Any]) -> None:
    """Change components or category; it goes through review again."""
    await graph.post(meta_id, token, changes)


async def delete(graph: Graph, waba_id: str, token: str, *, name: str, meta_id: str | None = None) -> None:
    """Delete one language by its id and name, or every language of a name. The name is blocked for 30 days."""
    query = {"name": name} | ({"hsm_id": meta_id} if meta_id else {})
    await graph.delete(f"{waba_id}/message_templates", token, **query)
