"""The Graph API as the bundled simulator plays it, and a client of ours on it."""

from collections.abc import AsyncIterator

import pytest

from deploy.simulator.options import Options
from deploy.simulator.server import Simulator, running
from sender_service.cloud_api.graph import Graph, open_graph


@pytest.fixture
async def meta() -> AsyncIterator[Simulator]:
    async with running(Options(latency_ms=0.0, template_review_s=0.02)) as simulator:
        yield simulator


@pytest.fixture
async def graph(meta: Simulator) -> AsyncIterator[Graph]:
    async with open_graph(meta.url, "v25.0") as graph:
        yield graph
