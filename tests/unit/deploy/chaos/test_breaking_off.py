"""A regime that cannot go on is told as failed; the others are run all the same."""

from unittest.mock import AsyncMock, Mock

from deploy.chaos.__main__ import _outcome
from deploy.chaos.regimes import BY_NAME
from deploy.chaos.run import Plan
from deploy.stand.processes import NotReady


async def test_a_broker_that_does_not_start_fails_the_regime_and_not_the_run():
    broker = Mock(process=Mock(is_alive=False), start=AsyncMock(side_effect=NotReady("RabbitMQ was not ready")))
    arena = Mock(stand=Mock(own_nodes=[broker]))
    outcome = await _outcome(arena, Plan(BY_NAME["kill9_broker"], 7, 40, 50.0, 0, 0))
    assert (outcome.regime, outcome.seed, outcome.error) == ("kill9_broker", 7, "RabbitMQ was not ready")
    assert not outcome.is_clean
