"""Load process of a fault run: posts webhooks at a steady rate as Meta does, again until each was answered 200."""

import asyncio
import random
import sys
import time
from pathlib import Path
from typing import Any

import orjson

from deploy.chaos.journal import Journal
from deploy.chaos.pace import steadily
from deploy.stand import meta_bodies
from deploy.stand.http_writer import Connection, connect
from shared.messaging.connection import growing_pauses

META_TIMEOUT = 20
# While a service is frozen the kernel queues connections and then drops them: their next try would come a minute later.
CONNECT_TIMEOUT = 5
# Meta waits longer and longer too; without that, what piled up while a service was away keeps it from coming back.
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
STRANGERS = 393_800_000_000
WEEK = 7 * 86_400


class Poster:
    """`orders`: `port secret rate seed journal run numbers customers`, and shares `duplicated late` (default 0)."""

    def __init__(self, orders: dict[str, Any]) -> None:
        self._orders = orders
        self._random = random.Random(orders["seed"])
        self._journal = Journal(Path(orders["journal"]))
        self._idle: list[Connection] = []
        self._again: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Post until SIGTERM, then until everything posted was answered."""
        await steadily(self._orders["rate"], self._post)
        await asyncio.gather(*self._again)
        self._journal.close()

    async def _post(self, index: int) -> None:
        wamid = f"wamid.{self._orders['run']}.{index}"
        request = self._request(index, wamid)
        await self._until_answered(request)
        self._journal.write(wamid=wamid, at=time.time())
        if self._random.random() < self._orders.get("duplicated", 0):
            task = asyncio.create_task(self._repeat(request))
            self._again.add(task)
            task.add_done_callback(self._again.discard)

    async def _repeat(self, request: bytes) -> None:
        await asyncio.sleep(self._random.random() * 3)
        await self._until_answered(request)

    async def _until_answered(self, request: bytes) -> None:
        for pause in growing_pauses(FIRST_PAUSE, LONGEST_PAUSE):
            if await self._answered(request):
                return
            await asyncio.sleep(pause * (0.5 + self._random.random()))

    def _request(self, index: int, wamid: str) -> bytes:
        number = self._random.choice(self._orders["numbers"])
        customers = self._orders["customers"]
        stranger = str(STRANGERS + self._random.randrange(500))
        customer = self._random.choice(customers) if customers and self._random.random() < 0.5 else stranger
        late = self._random.random() < self._orders.get("late", 0)
        body = meta_bodies.inbound(number, customer, wamid, f"{meta_bodies.PRIVATE} {index}", age=WEEK if late else 0)
        return meta_bodies.http_request(body, self._orders["secret"])

    async def _answered(self, request: bytes) -> bool:
        connection: Connection | None = None
        try:
            connection = self._taken() or await self._connected()
            status = await asyncio.wait_for(connection.request(request), META_TIMEOUT)
        except (OSError, TimeoutError):
            if connection is not None:
                connection.close()
            return False
        self._idle.append(connection)
        return status == 200

    async def _connected(self) -> Connection:
        return await asyncio.wait_for(connect("127.0.0.1", self._orders["port"]), CONNECT_TIMEOUT)

    def _taken(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
        return None


if __name__ == "__main__":
    asyncio.run(Poster(orjson.loads(sys.argv[1])).run())
