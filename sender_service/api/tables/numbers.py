"""Routes of phone numbers."""

from typing import Final

from sender_service.access import Role
from sender_service.api.handlers import number_meta, numbers
from sender_service.api.paging import Paging
from sender_service.api.route import Route
from sender_service.api.shapes import numbers as shapes
from sender_service.api.shapes.parts import Page

ROUTES: Final = (
    Route(
        method="GET", path="/numbers", role=Role.SELLER, handler=numbers.find, tag="numbers", summary="The numbers",
        query=Paging, answer=Page[shapes.Number],
    ),
    Route(
        method="GET", path="/numbers/{id}", role=Role.SELLER, handler=numbers.get, tag="numbers",
        summary="One number with its backlog and use of caps", answer=shapes.NumberDetail, errors=("NOT_FOUND",),
    ),
    Route(
        method="POST", path="/numbers", role=Role.ADMIN, handler=numbers.create, tag="numbers",
        summary="Register a number", body=shapes.NewNumber, answer=shapes.NumberDetail, status=201,
        errors=("CONFLICT",),
    ),
    Route(
        method="PATCH", path="/numbers/{id}", role=Role.ADMIN, handler=numbers.edit, tag="numbers",
        summary="Change a number's tier, caps or phone", body=shapes.NumberChange, answer=shapes.NumberDetail,
        errors=("NOT_FOUND",),
    ),
    Route(
        method="POST", path="/numbers/{id}/pause", role=Role.ADMIN, handler=numbers.pause, tag="numbers",
        summary="Stop sending from a number", body=shapes.Pause, answer=shapes.NumberDetail, errors=("NOT_FOUND",),
    ),
    Route(
        method="POST", path="/numbers/{id}/resume", role=Role.ADMIN, handler=numbers.resume, tag="numbers",
        summary="Lift every pause of a number", answer=shapes.NumberDetail, errors=("NOT_FOUND",),
    ),
    Route(
        method="POST", path="/numbers/{id}/token", role=Role.ADMIN, handler=numbers.token, tag="numbers",
        summary="Replace a number's access token", body=shapes.Token, answer=shapes.NumberDetail,
        errors=("NOT_FOUND", "CONFLICT"),
    ),
    Route(
        method="POST", path="/numbers/{id}/test", role=Role.ADMIN, handler=number_meta.test, tag="numbers",
        summary="What is right and wrong with a number, in plain words", answer=shapes.TestReport,
        errors=("NOT_FOUND",),
    ),
    Route(
        method="POST", path="/numbers/{id}/subscribe", role=Role.ADMIN, handler=number_meta.subscribe, tag="numbers",
        summary="Have the webhooks of the number's account sent", body=shapes.Subscription, optional_body=True,
        answer=shapes.Subscribed, errors=("NOT_FOUND", "CONFLICT", "UPSTREAM_REFUSED"),
    ),
    Route(
        method="GET", path="/numbers/{id}/profile", role=Role.SELLER, handler=number_meta.profile, tag="numbers",
        summary="The business profile that customers see", answer=shapes.Profile,
        errors=("NOT_FOUND", "CONFLICT", "UPSTREAM_REFUSED"),
    ),
)  # fmt: skip
