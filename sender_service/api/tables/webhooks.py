"""Routes of raw webhooks."""

from typing import Final

from sender_service.access import Role
from sender_service.api.handlers import webhooks
from sender_service.api.route import Route
from sender_service.api.shapes import webhooks as shapes
from sender_service.api.shapes.parts import Page

ROUTES: Final = (
    Route(
        method="GET", path="/webhooks", role=Role.MANAGER, handler=webhooks.find, tag="webhooks",
        summary="Raw webhooks and what became of them", query=shapes.WebhookQuery, answer=Page[shapes.Webhook],
    ),
    Route(
        method="POST", path="/webhooks/replay", role=Role.MANAGER, handler=webhooks.replay, tag="webhooks",
        summary="Let webhooks go through the same path again", body=shapes.ReplayWebhooks,
        answer=shapes.ReplayedWebhooks,
    ),
)  # fmt: skip
