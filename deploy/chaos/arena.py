"""Where a regime takes place: the stand, a judge at Meta's place, bad proxies, and the load."""

import asyncio
import contextlib
import random
import signal
import urllib.request
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import aio_pika
import orjson

from deploy.chaos.clock import Clock
from deploy.proxy import Faults, TcpProxy
from deploy.stand.neighbours import address, through
from deploy.stand.ports import free, listens
from deploy.stand.processes import Process, until
from deploy.stand.stand import SECRET, VERIFY_TOKEN, Stand, Ways
from shared.messaging.topology import SEND_BULK, SEND_PRIORITY, SENDER_WEBHOOKS

SERVICES = ("ingress", "worker", "scheduler", "api")
USUAL = {"numbers": 3, "throughput": 80, "customers": 600}
NO_OPTIONS: Mapping[str, str] = MappingProxyType({})
ECHO_WINDOW = 5
# Meta does not wait for our processors: what the simulator notes is when a request came, not when it had its turn.
MACHINE_OF_ITS_OWN = -15
WORK_QUEUES = (SENDER_WEBHOOKS, SEND_PRIORITY, SEND_BULK)
Report = dict[str, Any]


@dataclass(slots=True)
class Arena:
    """Everything a fault can reach. `strikes` may use `random`, seeded per regime."""

    stand: Stand
    say: Callable[[str], None]
    random: random.Random
    proxies: dict[str, TcpProxy] = field(default_factory=dict)
    simulator_port: int = field(default_factory=lambda: free(1)[0])
    load: dict[str, Process] = field(default_factory=dict)
    clocks: dict[str, Clock] = field(default_factory=dict)
    pictures: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    levels: Report = field(default_factory=dict)
    minutes: float = 0.0

    async def prepare(
        self,
        database: str,
        *,
        proxied: bool,
        clocked: bool = False,
        services: Sequence[str] = SERVICES,
        simulator: Mapping[str, str] = NO_OPTIONS,
        **tenant: int,
    ) -> None:
        """A fresh database, a fresh judge, and every service ready; `tenant` and `simulator` change what is usual."""
        await self.stand.stop_services()
        self.stand.processes.clear()
        self.load.clear()
        self.pictures.clear()
        self.findings, self.levels = [], {}
        self.clocks = {name: Clock(self.stand.folder / f"{name}.clock") for name in services} if clocked else {}
        await self._purge()
        await self.stand.fresh_database(database, **(USUAL | tenant))
        self.stand.ways = self._ways(proxied=proxied)
        self.stand.settings = {"SENDER_ECHO_WINDOW": str(ECHO_WINDOW), "SENDER_API_RATE": "10000"}
        await self._start_simulator(simulator)
        await asyncio.gather(*(self.stand.start(self.service(name)) for name in services))

    def service(self, name: str) -> Process:
        """The process of a service by its name; a second of its kind is `worker-2`."""
        role = name.partition("-")[0]
        process = self.stand.ingress(name) if role == "ingress" else self.stand.sender(role, name)
        if name in self.clocks:
            process.environment = {**process.environment, **self.clocks[name].environment()}
        return process

    def _ways(self, *, proxied: bool) -> Ways:
        direct = Ways(self.stand.broker.url, self.stand.dsn, f"http://127.0.0.1:{self.simulator_port}")
        if not proxied:
            return direct
        ports = {name: proxy.port for name, proxy in self.proxies.items()}
        return Ways(
            through(direct.amqp_url, ports["amqp"]),
            through(direct.postgres_dsn, ports["postgres"]),
            f"http://127.0.0.1:{ports['graph']}",
        )

    async def _start_simulator(self, more: Mapping[str, str]) -> None:
        ingress = self.stand.ports.setdefault("ingress", free(1)[0])
        options = {
            "--port": str(self.simulator_port),
            "--webhook-url": f"http://127.0.0.1:{ingress}/webhooks/whatsapp",
            "--seed": str(self.random.randrange(10**6)),
            "--updates-per-webhook": "5",
            **more,
        }
        arguments = ["deploy.simulator", *(part for option in options.items() for part in option)]
        secrets = {"SIMULATOR_APP_SECRET": SECRET, "SIMULATOR_VERIFY_TOKEN": VERIFY_TOKEN}
        simulator = self.stand.service("simulator", arguments, secrets)
        simulator.nice = MACHINE_OF_ITS_OWN
        simulator.start()
        await until(lambda: listens(self.simulator_port), 20, "the simulator did not listen")

    def ask(self, path: str, body: object = None, method: str | None = None) -> Any:
        """Question or order the simulator under /_sim."""
        data = None if body is None else orjson.dumps(body)
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.simulator_port}/_sim/{path}",
            data=data,
            method=method,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - our own loopback URL
            return orjson.loads(response.read())

    def start_load(self, run: str, *, rate: float, seed: int, shares: Report, by_rest: bool) -> None:
        """Start the poster and the commander, each with a journal of its own."""
        tenant = self.stand.tenant
        common: Report = {
            "rate": rate,
            "run": run,
            "seed": seed,
            "numbers": tenant.numbers,
            "customers": tenant.customers,
        }
        poster = (
            common
            | shares
            | {"port": self.stand.ports["ingress"], "secret": SECRET, "journal": self.journal(run, "posted")}
        )
        commander = common | {"url": self.stand.broker.url, "journal": self.journal(run, "commanded")}
        if by_rest:
            commander |= {"api_url": f"http://127.0.0.1:{self.stand.ports['api']}", "api_key": tenant.api_key}
        for name, orders in (("poster", poster), ("commander", commander)):
            process = self.stand.service(name, [f"deploy.chaos.{name}", orjson.dumps(orders).decode()])
            self.load[name] = process
            process.start()

    async def _purge(self) -> None:
        """Empty every work queue: what an earlier regime left would be a stranger in this one."""
        connection = await aio_pika.connect(self.stand.broker.url, timeout=10)
        async with connection:
            channel = await connection.channel()
            for name in WORK_QUEUES:
                await (await channel.get_queue(name)).purge()

    def dead_services(self) -> list[str]:
        """Services that ended by themselves: each is a finding, whatever became of its messages."""
        running = [process for name, process in self.stand.processes.items() if name not in self.load]
        return [f"{each.name} ended by itself with {each.returncode}" for each in running if each.returncode]

    async def queued(self) -> int:
        """Messages that wait in the three work queues."""
        connection = await aio_pika.connect(self.stand.broker.url, timeout=10)
        async with connection:
            channel = await connection.channel()
            declared = [await channel.declare_queue(name, passive=True) for name in WORK_QUEUES]
        return sum(int(queue.declaration_result.message_count or 0) for queue in declared)

    def journal(self, run: str, kind: str) -> str:
        """Where a load process keeps its list."""
        return str(self.stand.folder / f"{run}-{kind}.jsonl")

    async def stop_load(self, patience: float) -> None:
        """Let both finish what they began; raises `NotReady` when something is never acknowledged."""
        for process in self.load.values():
            process.signal(signal.SIGTERM)
        for process in self.load.values():
            await process.ended(patience)
            if process.returncode:
                raise RuntimeError(f"{process.name} ended with {process.returncode}:\n{process.tail()}")

    def heal(self) -> None:
        """Take every fault off every proxy and off the simulator, and let everything frozen go on."""
        for proxy in self.proxies.values():
            proxy.faults = Faults()
        for process in self.stand.processes.values():
            process.thaw()
        for disk in self.stand.disks.values():
            disk.free()
        for clock in self.clocks.values():
            clock.turn(0)
        with contextlib.suppress(OSError):
            self.ask("faults", method="DELETE")


@contextlib.asynccontextmanager
async def open_arena(stand: Stand, say: Callable[[str], None], seed: int) -> AsyncIterator[Arena]:
    """Put a proxy before each neighbour of the stand; they pass everything until told otherwise."""
    arena = Arena(stand, say, random.Random(seed))
    targets = {
        "amqp": address(stand.broker.url),
        "postgres": address(stand.postgres.dsn),
        "graph": ("127.0.0.1", arena.simulator_port),
    }
    async with AsyncExitStack() as stack:
        for name, target in targets.items():
            arena.proxies[name] = await stack.enter_async_context(TcpProxy(*target, seed=seed))
        yield arena
        await asyncio.sleep(0)
