"""Routes of API keys and people."""

from typing import Final

from sender_service.access import Role
from sender_service.api.handlers import keys, users
from sender_service.api.paging import Paging
from sender_service.api.route import Route
from sender_service.api.shapes import tenants as shapes
from sender_service.api.shapes.parts import Page

ROUTES: Final = (
    Route(
        method="GET", path="/api-keys", role=Role.ADMIN, handler=keys.find, tag="api-keys",
        summary="The API keys, without their secrets", query=Paging, answer=Page[shapes.ApiKey],
    ),
    Route(
        method="POST", path="/api-keys", role=Role.ADMIN, handler=keys.create, tag="api-keys",
        summary="Make an API key, shown once", body=shapes.NewApiKey, answer=shapes.CreatedApiKey, status=201,
    ),
    Route(
        method="DELETE", path="/api-keys/{id}", role=Role.ADMIN, handler=keys.revoke, tag="api-keys",
        summary="Revoke an API key", answer=shapes.ApiKey, errors=("NOT_FOUND",),
    ),
    Route(
        method="GET", path="/users", role=Role.ADMIN, handler=users.find, tag="users", summary="The people",
        query=Paging, answer=Page[shapes.User],
    ),
    Route(
        method="GET", path="/users/{id}", role=Role.ADMIN, handler=users.get, tag="users", summary="One person",
        answer=shapes.User, errors=("NOT_FOUND",),
    ),
    Route(
        method="POST", path="/users", role=Role.ADMIN, handler=users.create, tag="users", summary="Add a person",
        body=shapes.NewUser, answer=shapes.User, status=201, errors=("CONFLICT",),
    ),
    Route(
        method="PATCH", path="/users/{id}", role=Role.ADMIN, handler=users.edit, tag="users",
        summary="Change a person", body=shapes.UserChange, answer=shapes.User, errors=("NOT_FOUND", "CONFLICT"),
    ),
)  # fmt: skip
