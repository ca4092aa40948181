"""Routes of templates."""

from typing import Final

from sender_service.access import Role
from sender_service.api.handlers import template_send, templates
from sender_service.api.route import Route
from sender_service.api.shapes import templates as shapes
from sender_service.api.shapes.messages import AcceptedMessage
from sender_service.api.shapes.parts import Page

_AT_META: Final = ("UPSTREAM_REFUSED", "CONFLICT")

ROUTES: Final = (
    Route(
        method="GET", path="/templates", role=Role.SELLER, handler=templates.find, tag="templates",
        summary="The templates", query=shapes.TemplateQuery, answer=Page[shapes.Template],
    ),
    Route(
        method="POST", path="/templates", role=Role.MANAGER, handler=templates.create, tag="templates",
        summary="Submit a template to Meta", body=shapes.NewTemplate, answer=shapes.Template, status=201,
        errors=_AT_META,
    ),
    Route(
        method="POST", path="/templates/sync", role=Role.MANAGER, handler=templates.sync, tag="templates",
        summary="Read the templates from Meta now", body=shapes.SyncRequest, optional_body=True,
        answer=shapes.Synced, errors=_AT_META,
    ),
    Route(
        method="POST", path="/templates/send", role=Role.SELLER, handler=template_send.send, tag="templates",
        summary="Send a template with variables", body=shapes.TemplateSend, answer=AcceptedMessage, status=202,
        errors=("CONFLICT", "IDEMPOTENCY_CONFLICT"),
    ),
    Route(
        method="GET", path="/templates/{id}", role=Role.SELLER, handler=templates.get, tag="templates",
        summary="One template", answer=shapes.Template, errors=("NOT_FOUND",),
    ),
    Route(
        method="PATCH", path="/templates/{id}", role=Role.MANAGER, handler=templates.edit, tag="templates",
        summary="Disable a template here, lift that, or change it at Meta", body=shapes.TemplateChange,
        answer=shapes.Template, errors=("NOT_FOUND", *_AT_META),
    ),
    Route(
        method="DELETE", path="/templates/{id}", role=Role.MANAGER, handler=templates.delete, tag="templates",
        summary="Disable a template for good, with `at_meta` also delete it there", query=shapes.Deletion,
        answer=shapes.Template, errors=("NOT_FOUND", *_AT_META),
    ),
)  # fmt: skip
