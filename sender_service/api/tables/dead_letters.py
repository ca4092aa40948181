"""Routes of dead letters."""

from typing import Final

from sender_service.access import Role
from sender_service.api.handlers import dead_letters
from sender_service.api.route import Route
from sender_service.api.shapes import dead_letters as shapes
from sender_service.api.shapes.parts import Page

ROUTES: Final = (
    Route(
        method="GET", path="/dead-letters", role=Role.MANAGER, handler=dead_letters.find, tag="dead-letters",
        summary="Messages that no handler could take", query=shapes.LetterQuery, answer=Page[shapes.DeadLetter],
    ),
    Route(
        method="GET", path="/dead-letters/groups", role=Role.MANAGER, handler=dead_letters.groups, tag="dead-letters",
        summary="Open letters by what they died of", answer=shapes.LetterGroups,
    ),
    Route(
        method="GET", path="/dead-letters/{id}", role=Role.MANAGER, handler=dead_letters.get, tag="dead-letters",
        summary="One letter, its body masked", answer=shapes.DeadLetterDetail, errors=("NOT_FOUND",),
    ),
    Route(
        method="POST", path="/dead-letters/replay", role=Role.MANAGER, handler=dead_letters.replay, tag="dead-letters",
        summary="Publish selected letters again", body=shapes.Replay, answer=shapes.Replayed,
    ),
    Route(
        method="POST", path="/dead-letters/discard", role=Role.MANAGER, handler=dead_letters.discard,
        tag="dead-letters", summary="Close selected letters for good", body=shapes.Discard, answer=shapes.Discarded,
    ),
)  # fmt: skip
