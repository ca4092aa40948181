"""The independent record."""

import tracemalloc
from typing import Any

import pytest

from deploy.simulator.ledger import Ledger
from tests.unit.deploy.simulator.conftest import NUMBER


def filled(count: int) -> Ledger:
    ledger = Ledger()
    for place in range(count):
        append(ledger, place)
    return ledger


def append(ledger: Ledger, place: int, **changes: Any) -> int:
    entry: dict[str, Any] = {
        "monotonic": float(place),
        "wall": 1000.0 + place,
        "number": f"n{place % 2}",
        "to": f"52998{place:07}",
        "kind": "text" if place % 3 else "image",
        "callback": f"t.{place}.1",
        "body_hash": place.to_bytes(16, "big"),
        "fate": "answered",
    }
    return ledger.append(**(entry | changes))


def test_an_entry_comes_back_as_it_was_recorded():
    ledger = filled(3)
    order = append(ledger, 3, callback=None, to="MX.1", fate="answer_lost")
    assert order == 3
    assert ledger.entry(2).as_dict() == {
        "order": 2,
        "wamid": ledger.wamid(2),
        "monotonic": 2.0,
        "wall": 1002.0,
        "phone_number_id": "n0",
        "to": "529980000002",
        "type": "text",
        "callback_data": "t.2.1",
        "body_hash": "0" * 31 + "2",
        "fate": "answered",
    }
    last = ledger.entry(3)
    assert (last.to, last.callback_data, last.fate) == ("MX.1", None, "answer_lost")


def test_empty_callback_data_are_not_missing_ones():
    ledger = Ledger()
    append(ledger, 0, callback="")
    assert ledger.entry(0).callback_data == ""


def test_a_message_is_found_by_its_id():
    ledger = filled(20)
    assert [ledger.order_of(ledger.wamid(order)) for order in (0, 10, 19)] == [0, 10, 19]
    assert ledger.order_of(ledger.wamid(20)) is None
    assert ledger.order_of("wamid.other") is None
    assert ledger.order_of(ledger.wamid(1)[:-1] + "Z") is None


def test_pages_follow_each_other_to_the_end():
    ledger = filled(25)
    orders, after = [], -1
    for _ in range(5):
        page, following = ledger.page(after=after, limit=10)
        orders += [entry.order for entry in page]
        if following is None:
            break
        after = following
    assert orders == list(range(25))
    assert ledger.page(after=24) == ([], None)
    exactly, following = ledger.page(limit=25)
    assert (len(exactly), following) == (25, None)


def test_filters_narrow_a_page():
    ledger = filled(12)
    page, following = ledger.page(where={"phone_number_id": "n0", "type": "image"})
    assert ([entry.order for entry in page], following) == ([0, 6], None)
    page, following = ledger.page(where={"phone_number_id": "n1"}, limit=2)
    assert ([entry.order for entry in page], following) == ([1, 3], 3)


@pytest.mark.parametrize(
    ("where", "orders"),
    [
        ({"to": "529980000007"}, [7]),
        ({"to": "0000007"}, []),
        ({"callback_data": "t.1.1"}, [1]),
        ({"callback_data": "t.1"}, []),
        ({"callback_data": "t.11.1", "phone_number_id": "n1"}, [11]),
        ({"callback_data": "t.11.1", "phone_number_id": "n0"}, []),
        ({"type": "video"}, []),
        ({"fate": "answered", "type": "image", "phone_number_id": "n1"}, [3, 9]),
        ({"body_hash": "0" * 31 + "a"}, [10]),
        ({"wamid": "wamid.other"}, []),
    ],
)
def test_one_among_many_is_found(where, orders):
    page, following = filled(12).page(where=where)
    assert ([entry.order for entry in page], following) == (orders, None)


def test_a_search_begins_where_it_is_told():
    ledger = filled(4)
    for place in range(4, 8):
        append(ledger, place, to="1", callback="same")
    assert [entry.order for entry in ledger.page(after=4, where={"callback_data": "same"})[0]] == [5, 6, 7]
    assert [entry.order for entry in ledger.page(after=4, where={"to": "1"})[0]] == [5, 6, 7]
    assert ledger.page(after=7, where={"to": "1"}) == ([], None)
    assert ledger.page(after=99, where={"to": "1"}) == ([], None)
    assert [entry.order for entry in ledger.page(where={"wamid": ledger.wamid(3)})[0]] == [3]
    assert ledger.page(after=3, where={"wamid": ledger.wamid(3)}) == ([], None)


def test_the_summary_counts():
    ledger = filled(6)
    append(ledger, 6, callback="t.1.1", fate="answer_lost")
    assert ledger.summary() == {
        "messages": 7,
        "by_number": {"n0": 4, "n1": 3},
        "by_type": {"image": 3, "text": 4},
        "by_fate": {"answered": 6, "answer_lost": 1},
        "first_monotonic": 0.0,
        "last_monotonic": 6.0,
    }
    assert ledger.repeated() == {"t.1.1": 2}
    assert Ledger().summary()["first_monotonic"] is None
    assert Ledger().repeated() == {}


def test_a_million_messages_fit_in_little_memory():
    tracemalloc.start()
    ledger = filled(20_000)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(ledger) == 20_000
    assert used / 20_000 < 150


@pytest.mark.parametrize(
    ("query", "orders"),
    [
        ("", [0, 1, 2, 3]),
        ("?limit=2", [0, 1]),
        ("?after=1", [2, 3]),
        ("?limit=0", [0]),
        (f"?phone_number_id={NUMBER}", [0, 2]),
        ("?callback_data=t.3.1", [3]),
        ("?type=text&to=529983162438", [0, 1, 2, 3]),
        ("?to=%2B529983162438", [0, 1, 2, 3]),
        ("?to=+529983162438", [0, 1, 2, 3]),
        ("?fate=answer_lost", []),
    ],
)
async def test_the_ledger_is_read_over_http(client, query, orders):
    for place in range(4):
        await client.send(number=NUMBER if place % 2 == 0 else "2", biz_opaque_callback_data=f"t.{place}.1")
    answer = await client.get(f"/_sim/ledger{query}")
    assert [entry["order"] for entry in answer["messages"]] == orders
    assert answer["total"] == 4
    assert answer["next"] == (orders[-1] if "limit" in query else None)


async def test_a_query_that_is_no_number_is_refused_with_a_sentence(client):
    assert "error" in await client.get("/_sim/ledger?limit=many")


async def test_attempts_processed_twice_are_told(client):
    for attempt in ("t.1.1", "t.2.1", "t.1.1"):
        await client.send(biz_opaque_callback_data=attempt)
    assert await client.get("/_sim/repeated") == {"repeated": {"t.1.1": 2}}
