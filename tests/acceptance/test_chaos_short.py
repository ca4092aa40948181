"""A short seeded fault run: processes killed, connections cut, answers lost under load, and nothing lost or doubled."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.chaos.arena import Arena, open_arena
from deploy.chaos.regimes import SHORT
from deploy.chaos.run import Plan, run
from deploy.stand.neighbours import GivenBroker, GivenDatabase
from deploy.stand.stand import standing
from shared.messaging import topology
from tests import databases
from tests.neighbours import Neighbours

SEED = 2026
FAULTS = 4
RATE = 25


@pytest.fixture
async def arena(neighbours: Neighbours, amqp_url: str, tmp_path: Path) -> AsyncIterator[Arena]:
    """Services of its own on the tests' broker and database server."""
    await topology.declare(amqp_url)
    stand = standing(tmp_path, GivenDatabase(neighbours.postgres_dsn), GivenBroker(amqp_url))
    async with open_arena(stand, lambda _: None, SEED) as opened:
        yield opened
        for process in stand.processes.values():
            await process.kill()
    databases.drop(neighbours.postgres_dsn, stand.dsn.rpartition("/")[2])


@pytest.mark.timeout(300)
async def test_nothing_is_lost_or_sent_twice_while_processes_die_and_connections_break(arena: Arena) -> None:
    outcome = await run(arena, Plan(SHORT, SEED, FAULTS, RATE))

    assert outcome.is_clean, outcome.findings
    assert outcome.faults == FAULTS
    assert outcome.commands > RATE
    assert outcome.webhooks > RATE
