"""Routes that show what happens: statistics and live events."""

from typing import Final

from sender_service.access import Role
from sender_service.api.handlers import live, statistics
from sender_service.api.route import Route
from sender_service.api.shapes import live as live_shapes
from sender_service.api.shapes import statistics as shapes

ROUTES: Final = (
    Route(
        method="GET", path="/stats", role=Role.SELLER, handler=statistics.stats, tag="stats",
        summary="What became of messages, by time, number, template and campaign", query=shapes.StatisticsQuery,
        answer=shapes.Statistics,
    ),
    Route(
        method="GET", path="/events", role=Role.SELLER, handler=live.stream, tag="events",
        summary="What happens in the organization, as it happens", query=live_shapes.LiveQuery,
        produces=("text/event-stream",),
    ),
)  # fmt: skip
