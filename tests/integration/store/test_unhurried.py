"""Two statements commit without waiting for the disk, because nothing that anybody was told depends on them."""

from importlib import resources

import pytest

from sender_service.store import acceptance, outbox
from sender_service.store.acceptance import Sought
from sender_service.store.database import acquired, load, transaction
from tests.builders import PHONE_NUMBER_ID
from tests.integration.store.sending import grounds

SETTING = "show synchronous_commit"


async def look(conn):
    command = Sought(1, "/tests", "k", PHONE_NUMBER_ID, "393331112233", None, None, None, "102", None, None)
    assert await acceptance.look(conn, [command])


async def forget(conn):
    told = await conn.fetchval("insert into outbox (events) values ('[]') returning id")
    await outbox.delete(conn, [told])


@pytest.mark.parametrize("statement", [look, forget])
async def test_it_commits_unhurried_and_leaves_the_connection_as_it_was(statement, pool):
    await grounds.organization(pool)
    async with transaction(pool) as conn:
        await conn.execute("set local synchronous_commit = on")
        await statement(conn)
        assert await conn.fetchval(SETTING) == "off"
    async with acquired(pool) as conn:
        await conn.execute("set synchronous_commit = on")
        await statement(conn)
        assert await conn.fetchval(SETTING) == "on"


def test_every_other_statement_waits_until_its_commit_is_on_disk():
    files = resources.files("sender_service.store").joinpath("sql").iterdir()
    nouns = [file.name.removesuffix(".sql") for file in files if file.name.endswith(".sql")]
    texts = {f"{noun}.{name}": text for noun in nouns for name, text in load(noun).items()}

    assert {name for name, text in texts.items() if SETTING.removeprefix("show ") in text} == {
        "acceptance.look",
        "outbox.delete",
    }
