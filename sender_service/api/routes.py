"""The route table: every path, who may call it, what it reads and what it answers. One file per noun in `tables`."""

from typing import Final

from sender_service.api.route import Route
from sender_service.api.tables import (
    campaigns,
    dead_letters,
    house,
    insight,
    media,
    messages,
    numbers,
    people,
    templates,
    tenants,
    webhooks,
)

PREFIX: Final = "/api/v1"

ROUTES: Final[tuple[Route, ...]] = (
    *messages.ROUTES,
    *people.ROUTES,
    *tenants.ROUTES,
    *templates.ROUTES,
    *media.ROUTES,
    *numbers.ROUTES,
    *dead_letters.ROUTES,
    *campaigns.ROUTES,
    *house.ROUTES,
    *insight.ROUTES,
    *webhooks.ROUTES,
)
