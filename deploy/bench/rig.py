"""What every scenario works with: the stand, its services, load processes, queue depths and questions to Postgres."""

import asyncio
import contextlib
import os
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aio_pika
import asyncpg
import orjson

from deploy.bench.options import Options
from deploy.stand.ports import free, listens
from deploy.stand.processes import Process, until
from deploy.stand.stand import SECRET, Stand, Ways
from shared.messaging.topology import SEND_BULK, SEND_PRIORITY, SENDER_WEBHOOKS

POLL = 0.1
PATIENCE = 600
QUEUES = (SENDER_WEBHOOKS, SEND_PRIORITY, SEND_BULK)
Report = dict[str, Any]
_TABLES = "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'colomba'"


class LoadFailed(Exception):
    """A load process ended badly: what was measured beside it means nothing."""


@dataclass(slots=True)
class Rig:
    """One bench run. `say` prints a progress line."""

    stand: Stand
    options: Options
    say: Callable[[str], None]
    graph_port: int = field(default_factory=lambda: free(1)[0])
    runs: int = 0
    renewed: str | None = None

    def run_name(self) -> str:
        """A name no earlier round used: keys and message ids of a round begin with it."""
        self.runs += 1
        return f"r{self.runs}x{int(time.time())}"

    async def renew(self, *, numbers: int = 1, throughput: int = 100_000) -> None:
        """A fresh database, empty queues and no service: where each scenario begins."""
        await self.stand.stop_services()
        self.stand.processes.clear()
        name = f"bench_{self.run_name()}"
        await self.stand.fresh_database(name, numbers=numbers, throughput=throughput, customers=0)
        self.stand.ways = Ways(self.stand.broker.url, self.stand.dsn, f"http://127.0.0.1:{self.graph_port}")
        await self._analyze()
        await self.purge()
        await self._forget(self.renewed)
        self.renewed = name

    async def _forget(self, before: str | None) -> None:
        """What another scenario left would be vacuumed, and written to the disk, in the middle of this one."""
        if before is None:
            return
        async with self.database() as database:
            await database.execute(f'drop database "{before}" with (force)')
        await asyncio.to_thread(os.sync)

    async def _analyze(self) -> None:
        """As autovacuum does a minute after the tenants were made: it never looks at a table that is still empty."""
        async with self.database() as database:
            for table in await database.fetch(_TABLES):
                if await database.fetchval(f"select exists (select from {table['name']})"):  # noqa: S608 - from the catalogue
                    await database.execute(f"analyze {table['name']}")

    async def graph(self, *, delay: float = 0.05, keep: bool = False, pump: Report | None = None) -> Process:
        """Start the lean Meta."""
        orders = {"port": self.graph_port, "delay": delay, "keep": keep, "pump": pump}
        process = self.stand.service("graph", ["deploy.bench.load.graph", orjson.dumps(orders).decode()])
        process.start()
        await until(lambda: listens(self.graph_port), 20, "the lean Meta did not listen")
        return process

    async def worker(self, name: str = "worker", *, nice: int | None = None) -> Process:
        """Start a worker, at a niceness where we may give one, and wait until it is ready."""
        process = self.stand.sender("worker", name)
        process.nice = nice
        await self.stand.start(process)
        return process

    def ask_graph(self, path: str = "stats", *, post: bool = False) -> Report:
        """Question or reset the lean Meta."""
        url = f"http://127.0.0.1:{self.graph_port}/{path}"
        request = urllib.request.Request(url, method="POST" if post else "GET")
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - our own loopback URL
            answer: Report = orjson.loads(response.read())
        return answer

    async def load(self, module: str, **orders: Any) -> Report:
        """Run a load process of `deploy.bench.load` to its end and return its report."""
        return await self.python(f"deploy.bench.load.{module}", orjson.dumps(orders).decode())

    async def python(self, module: str, *arguments: str) -> Report:
        """Run one of our own modules to its end; its last line is its report."""
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        output, errors = await child.communicate()
        if child.returncode or not output.strip():
            raise LoadFailed(f"{module} ended with {child.returncode}:\n{errors.decode()[-2000:]}")
        report: Report = orjson.loads(output.splitlines()[-1])
        return report

    async def fill(self, kind: str, count: int, **more: Any) -> Report:
        """Put so many webhooks or commands on the bus as fast as they are confirmed."""
        exchange = "whatsapp.commands" if kind == "commands" else "whatsapp.webhooks"
        orders: Report = {
            "url": self.stand.broker.url,
            "exchange": exchange,
            "kind": kind,
            "count": count,
            "numbers": self.stand.tenant.numbers,
            "installation": self.stand.tenant.installation,
            "first": 1,
            "size": 1024,
        }
        report = await self.load("publishes", **(orders | {"run": self.run_name()} | more))
        if report["failures"]:
            raise LoadFailed(f"{report['failures']} of {count} publishes were not confirmed")
        return report

    async def purge(self) -> None:
        """Empty the three work queues."""
        async with self.channel() as channel:
            for name in QUEUES:
                await (await channel.get_queue(name)).purge()

    async def depth(self, name: str) -> int:
        """Messages of a queue that wait for a consumer."""
        async with self.channel() as channel:
            queue = await channel.declare_queue(name, passive=True)
            return int(queue.declaration_result.message_count or 0)

    @contextlib.asynccontextmanager
    async def channel(self) -> AsyncIterator[aio_pika.abc.AbstractChannel]:
        """A channel on a connection of its own."""
        connection = await aio_pika.connect(self.stand.broker.url)
        async with connection:
            yield await connection.channel()

    async def make_queue(self, name: str) -> None:
        """A durable quorum queue for a ceiling, empty."""
        async with self.channel() as channel:
            queue = await channel.declare_queue(name, durable=True, arguments={"x-queue-type": "quorum"})
            await queue.purge()

    @contextlib.asynccontextmanager
    async def database(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection of the bench's own to the present database."""
        connection = await asyncpg.connect(self.stand.dsn)
        try:
            yield connection
        finally:
            await connection.close()

    def groups(self, *load: Process) -> dict[str, list[int]]:
        """The pids of services, broker and database, and of the load where it is a process that stays."""
        pids = {
            "services": [each.pid for each in self.stand.processes.values() if each.is_alive and each not in load],
            "broker": [self.stand.own_broker.process.pid],
            "database": [self.stand.own_postgres.process.pid],
        }
        return pids | ({"load": [each.pid for each in load]} if load else {})


@dataclass(frozen=True, slots=True)
class Drain:
    """How a count grew to its end: the rate from the first sight of growth, and the seconds it took."""

    rate: float
    seconds: float
    count: int


async def watch(count: Callable[[], Awaitable[int]], wanted: int, patience: float = PATIENCE) -> Drain:
    """Poll a count until it has grown to what is wanted; raises `LoadFailed` when it stops short."""
    began = time.perf_counter()
    first: tuple[float, int] | None = None
    while (seen := await count()) < wanted:
        now = time.perf_counter()
        if first is None and seen:
            first = (now, seen)
        if now - began > patience:
            raise LoadFailed(f"only {seen} of {wanted} after {patience:g} s")
        await asyncio.sleep(POLL)
    ended = time.perf_counter()
    at, from_ = first or (began, 0)
    return Drain(rate=(wanted - from_) / max(ended - at, POLL), seconds=ended - began, count=seen)


def post_orders(port: int, number: str, **more: Any) -> Report:
    """Orders of the posting load against an ingress at this port."""
    return {"port": port, "secret": SECRET, "number": number, "size": 1024, "pool": 5000, **more}


CORES = os.cpu_count() or 1
