"""Three RabbitMQ nodes of one cluster on one machine, behind a load balancer as they would be in production."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from deploy.proxy import TcpProxy
from deploy.stand.nodes import BrokerNode, Family
from deploy.stand.ports import free

NODES = 3


class BrokerCluster:
    """Used like one `BrokerNode`; `nodes` may be killed one at a time."""

    def __init__(self, folder: Path) -> None:
        family = Family()
        self.nodes = tuple(BrokerNode(folder, f"rabbitmq-{index}", family) for index in range(1, NODES + 1))
        self._port = free(1)[0]
        self._stack = AsyncExitStack()

    @property
    def url(self) -> str:
        """The balancer's address."""
        return f"amqp://guest:guest@127.0.0.1:{self._port}/"

    def initialise(self) -> None:
        """Write every node's configuration, once."""
        for node in self.nodes:
            node.initialise()

    async def start(self) -> None:
        """Start the nodes, join them, and open the balancer."""
        first, *others = self.nodes
        await first.start()
        await asyncio.gather(*(node.start() for node in others))
        for node in others:
            for step in (("stop_app",), ("join_cluster", first.name), ("start_app",)):
                await node.control(*step)
        await self.whole()
        targets = [("127.0.0.1", node.port) for node in self.nodes]
        balancer = TcpProxy(*targets[0], port=self._port, others=targets[1:])
        await self._stack.enter_async_context(balancer)

    async def whole(self) -> None:
        """Wait until all nodes see each other and no queue hangs on one of them alone."""
        for node in self.nodes:
            await node.control("await_online_nodes", str(NODES), "--timeout", "60")
        await self.nodes[0].control("await_startup")

    async def terminate(self) -> None:
        """Stop all nodes; the first takes the name server along."""
        await self._stack.aclose()
        for node in reversed(self.nodes):
            await node.terminate()
