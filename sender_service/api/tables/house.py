"""Routes of the organization, its pipelines and its audit log."""

from typing import Final

from sender_service.access import Role
from sender_service.api.handlers import health, house, pipelines
from sender_service.api.paging import Paging
from sender_service.api.route import Route
from sender_service.api.shapes import house as shapes
from sender_service.api.shapes import tenants
from sender_service.api.shapes.parts import Page

ROUTES: Final = (
    Route(
        method="GET", path="/organization", role=Role.SELLER, handler=house.organization, tag="organization",
        summary="The organization of the key", answer=shapes.Organization,
    ),
    Route(
        method="PATCH", path="/organization", role=Role.ADMIN, handler=house.edit, tag="organization",
        summary="Change the organization", body=shapes.OrganizationChange, answer=shapes.Organization,
        errors=("CONFLICT",),
    ),
    Route(
        method="DELETE", path="/organization", role=Role.OWNER, handler=house.delete, tag="organization",
        summary="Close the organization: its keys open nothing from then on, nothing more is sent",
        query=shapes.OrganizationDeletion, answer=shapes.DeletedOrganization,
    ),
    Route(
        method="POST", path="/organization/transfer", role=Role.OWNER, handler=house.transfer, tag="organization",
        summary="Hand the organization over to one of its people", body=shapes.Transfer, answer=tenants.User,
        errors=("CONFLICT",),
    ),
    Route(
        method="GET", path="/health", role=Role.SELLER, handler=health.health, tag="health",
        summary="Whether the organization can send, and what is missing", answer=shapes.Health,
    ),
    Route(
        method="GET", path="/audit-log", role=Role.ADMIN, handler=house.audit_log, tag="audit-log",
        summary="What was done, by whom", query=shapes.AuditQuery, answer=Page[shapes.AuditEntry],
    ),
    Route(
        method="GET", path="/pipelines", role=Role.SELLER, handler=pipelines.find, tag="pipelines",
        summary="Pipelines with their stages", query=Paging, answer=Page[shapes.Pipeline],
    ),
    Route(
        method="POST", path="/pipelines", role=Role.MANAGER, handler=pipelines.create, tag="pipelines",
        summary="Make a pipeline", body=shapes.NewPipeline, answer=shapes.Pipeline, status=201,
    ),
    Route(
        method="GET", path="/pipelines/{id}", role=Role.SELLER, handler=pipelines.get, tag="pipelines",
        summary="One pipeline", answer=shapes.Pipeline, errors=("NOT_FOUND",),
    ),
    Route(
        method="PATCH", path="/pipelines/{id}", role=Role.MANAGER, handler=pipelines.edit, tag="pipelines",
        summary="Change a pipeline", body=shapes.PipelineChange, answer=shapes.Pipeline,
        errors=("NOT_FOUND", "CONFLICT"),
    ),
)  # fmt: skip
