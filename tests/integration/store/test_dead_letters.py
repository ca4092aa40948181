from typing import Any

from sender_service.store import dead_letters, numbers, organizations
from sender_service.store.accounts import ensure as ensure_account
from sender_service.store.database import transaction
from sender_service.store.dead_letters import Letter, Selection


def dead(**changes) -> Letter:
    facts: dict[str, Any] = {
        "message_id": "m1",
        "source": "sender.send.bulk",
        "exchange": "whatsapp.commands",
        "routing_key": "send.bulk.n1",
        "reason": "contract",
        "error": "data.to: is missing",
        "fingerprint": "f1",
        "attempts": 1,
        "headers": {"traceparent": "t"},
        "body": b"{}",
    }
    return Letter(**(facts | changes))


async def two_organizations(conn) -> tuple[int, int]:
    first, _ = await organizations.create(conn, "first")
    second, _ = await organizations.create(conn, "second")
    await ensure_account(conn, first, "w1")
    await numbers.ensure(conn, first, "n1", account_id="w1", digits="39")
    return first, second


async def test_a_letter_belongs_to_the_organization_of_the_number_in_its_routing_key(pool):
    async with transaction(pool) as conn:
        first, second = await two_organizations(conn)
        await dead_letters.store(conn, [dead(), dead(message_id="m2", routing_key="send.bulk.unknown")])
        assert await dead_letters.count(conn, first, Selection(), status="open") == 1
        assert await dead_letters.count(conn, second, Selection(), status="open") == 0


async def test_a_letter_without_a_number_belongs_to_the_only_organization(pool):
    async with transaction(pool) as conn:
        only, _ = await organizations.create(conn, "only")
        await dead_letters.store(conn, [dead(routing_key="whatsapp")])
        assert await dead_letters.count(conn, only, Selection(), status="open") == 1


async def test_a_letter_drained_twice_is_kept_once_and_one_without_an_id_each_time(pool):
    async with transaction(pool) as conn:
        first, _ = await two_organizations(conn)
        for _ in range(2):
            await dead_letters.store(conn, [dead(), dead(message_id="")])
        assert await dead_letters.count(conn, first, Selection(), status=None) == 3


async def test_letters_are_grouped_by_what_went_wrong(pool):
    async with transaction(pool) as conn:
        first, _ = await two_organizations(conn)
        letters = [dead(message_id=f"m{n}") for n in range(3)] + [
            dead(message_id="m9", fingerprint="f2", reason="failed")
        ]
        await dead_letters.store(conn, letters)
        groups = await dead_letters.groups(conn, first)
        assert [(group["reason"], group["letters"]) for group in groups] == [("contract", 3), ("failed", 1)]
        assert await dead_letters.open_by_source(conn) == {"sender.send.bulk": 4}


async def test_a_letter_is_settled_once(pool):
    async with transaction(pool) as conn:
        first, second = await two_organizations(conn)
        await dead_letters.store(conn, [dead()])
        [letter] = await dead_letters.selected(conn, first, Selection(reason="contract"), 10)
        assert [row["body"] for row in await dead_letters.whole(conn, first, [letter])] == [b"{}"]
        assert await dead_letters.whole(conn, second, [letter]) == []
        assert await dead_letters.settle(conn, second, [letter], "discarded") == []
        assert await dead_letters.settle(conn, first, [letter], "replayed") == [(letter, first)]
        assert await dead_letters.settle(conn, first, [letter], "discarded") == []
        assert await dead_letters.whole(conn, first, [letter]) == []
        row = await dead_letters.get(conn, first, letter)
        assert row is not None
        assert (row["status"], row["body"], row["headers"]) == ("replayed", b"{}", {"traceparent": "t"})


async def test_letters_are_paged_newest_first_with_one_more_than_asked(pool):
    async with transaction(pool) as conn:
        first, _ = await two_organizations(conn)
        await dead_letters.store(conn, [dead(message_id=f"m{n}") for n in range(5)])
        rows = await dead_letters.page(conn, first, Selection(), status="open", before=None, limit=2)
        ids = [row["id"] for row in rows]
        assert len(ids) == 3
        assert ids == sorted(ids, reverse=True)
        after = await dead_letters.page(conn, first, Selection(), status="open", before=ids[1], limit=2)
        assert after[0]["id"] == ids[2]
