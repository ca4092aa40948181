"""The doors of the reading scenario ask for what is there, and the client finds its way to the next page."""

import orjson

from deploy.bench.load.reads import _next, figures
from deploy.bench.options import NAMES, ON_DEMAND
from deploy.bench.scenarios import EXTRA
from deploy.bench.scenarios.reading_doors import Known, doors, slowest
from sender_service.api.routes import ROUTES

KNOWN = Known(messages=1000, conversations=50, numbers=["2001"], users=[1, 2])


def test_what_runs_on_demand_is_not_in_the_fixed_table() -> None:
    assert tuple(EXTRA) == ON_DEMAND
    assert not set(ON_DEMAND) & set(NAMES)


def test_every_door_is_a_route_and_its_filters_are_known() -> None:
    known = {route.path: set(route.query.model_fields) for route in ROUTES if route.method == "GET"}
    for door in doors(KNOWN).values():
        for path in door["paths"]:  # type: ignore[attr-defined]
            where, _, query = path.partition("?")
            parts = where.split("/")
            pattern = "/".join(["", parts[1], "{id}", *parts[3:]]) if len(parts) > 2 else where
            assert {pair.split("=")[0] for pair in query.split("&") if pair} <= known[pattern]


def test_the_cursor_of_the_next_page_is_found_at_the_end_of_an_answer() -> None:
    answer = {"data": [{"text": '"next":"not this"'}], "total": 2, "page": 1, "limit": 1, "next": "abc"}

    assert _next(orjson.dumps(answer)) == "abc"
    assert not _next(orjson.dumps({"data": [], "next": None}))


def test_the_slowest_door_is_named() -> None:
    told = {"inbox": figures([0.01] * 99 + [1.0]), "search": figures([0.02] * 100)}

    assert slowest(told) == ("search", 20.0)
