"""A whole private system: broker, database, Meta and the services, each a process that can be killed and measured."""

import asyncio
import contextlib
import os
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from deploy.stand import tenants
from deploy.stand.cluster import BrokerCluster
from deploy.stand.ground import Ground, broker_for, disks_for
from deploy.stand.neighbours import GivenBroker, GivenDatabase, NotOurs
from deploy.stand.nodes import BrokerNode, PostgresNode
from deploy.stand.ports import free
from deploy.stand.processes import Process, until
from deploy.stand.small_disk import SmallDisk
from sender_service.store import migrations
from shared.messaging import topology

SECRET = "stand-app-secret"  # noqa: S105 - the simulator and the load sign with it, nobody else
VERIFY_TOKEN = "stand-verify-token"  # noqa: S105 - likewise
PYTHON = sys.executable
READY_PATIENCE = 40
# A new quorum queue killed within half a second of its first confirms can lose them (RabbitMQ 3.10).
SETTLE_AFTER_DECLARING = 3


@dataclass(frozen=True, slots=True)
class Ways:
    """Where the services find their neighbours: the nodes themselves, or a proxy before each."""

    amqp_url: str
    postgres_dsn: str
    graph_url: str


@dataclass(slots=True)
class Stand:
    """The nodes, the tenant and the processes of one run; `ways` may be changed between starts of a service."""

    folder: Path
    postgres: PostgresNode | GivenDatabase
    broker: BrokerNode | BrokerCluster | GivenBroker
    ways: Ways
    dsn: str
    tenant: tenants.Tenant
    encryption_key: str
    disks: Mapping[str, SmallDisk] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    @property
    def own_postgres(self) -> PostgresNode:
        """The stand's own server; raises `NotOurs` when it was given."""
        if not isinstance(self.postgres, PostgresNode):
            raise NotOurs("this Postgres was given, it may not be stopped")
        return self.postgres

    @property
    def own_broker(self) -> BrokerNode:
        """The stand's own broker; raises `NotOurs` when it was given."""
        if not isinstance(self.broker, BrokerNode):
            raise NotOurs("this RabbitMQ was given, it may not be stopped")
        return self.broker

    @property
    def own_cluster(self) -> BrokerCluster:
        """The stand's three nodes; raises `NotOurs` when it has one or none."""
        if not isinstance(self.broker, BrokerCluster):
            raise NotOurs("this stand has no cluster")
        return self.broker

    @property
    def own_nodes(self) -> Sequence[PostgresNode | BrokerNode]:
        """Every neighbour that this stand started."""
        if isinstance(self.broker, BrokerCluster):
            return [self.own_postgres, *self.broker.nodes]
        return [self.own_postgres, self.own_broker]

    @property
    def media(self) -> Path:
        """Where the services keep customers' files."""
        return self.folder / "media"

    def neighbours(self) -> str:
        """Which database and broker these are; asks them, takes a second."""
        brokers = [node for node in self.own_nodes if isinstance(node, BrokerNode)]
        several = f"{len(brokers)} nodes of " if len(brokers) > 1 else ""
        return f"{self.own_postgres.version()}, {several}{brokers[0].version()}"

    def service(self, name: str, arguments: Sequence[str], extra: Mapping[str, str] | None = None) -> Process:
        """Make a process of the project's own Python under its name, with the environment of both services."""
        port = self.ports.setdefault(name, free(1)[0])
        environment = os.environ | self._environment(port) | self.settings | dict(extra or {})
        process = Process(name, [PYTHON, "-m", *arguments], environment, self.folder / f"{name}.log")
        self.processes[name] = process
        return process

    def ingress(self, name: str = "ingress") -> Process:
        """An ingress; its port stays the same over restarts."""
        return self.service(name, ["ingress_service"])

    def sender(self, role: str, name: str | None = None, extra: Mapping[str, str] | None = None) -> Process:
        """A sender in one role."""
        return self.service(name or role, ["sender_service", role], extra)

    def _environment(self, port: int) -> dict[str, str]:
        return {
            "PYTHONUNBUFFERED": "1",
            "INGRESS_AMQP_URL": self.ways.amqp_url,
            "INGRESS_APP_SECRETS": SECRET,
            "INGRESS_VERIFY_TOKEN": VERIFY_TOKEN,
            "INGRESS_PORT": str(port),
            "SENDER_AMQP_URL": self.ways.amqp_url,
            "SENDER_POSTGRES_DSN": self.ways.postgres_dsn,
            "SENDER_GRAPH_URL": self.ways.graph_url,
            "SENDER_PORT": str(port),
            "SENDER_ENCRYPTION_KEYS": self.encryption_key,
            "SENDER_MEDIA_URL": self.media.as_uri(),
        }

    async def start(self, process: Process) -> float:
        """Start a service and wait for /readyz; returns the seconds."""
        process.start()
        return await self.ready(process.name)

    async def ready(self, name: str, patience: float = READY_PATIENCE) -> float:
        """Wait until a service says it is ready; returns the seconds, raises `NotReady` with the end of its log."""
        process = self.processes[name]
        url = f"http://127.0.0.1:{self.ports[name]}/readyz"
        began = asyncio.get_running_loop().time()
        while not await asyncio.to_thread(answers, url):
            waited = asyncio.get_running_loop().time() - began
            if not process.is_alive or waited > patience:
                ended = "" if process.is_alive else f", it ended with {process.returncode}"
                raise RuntimeError(f"{name} is not ready after {waited:.1f} s{ended}:\n{process.tail()}")
            await asyncio.sleep(0.02)
        return asyncio.get_running_loop().time() - began

    async def stop_services(self) -> None:
        """End every service politely, those that are frozen too."""
        await asyncio.gather(*(each.terminate(15) for each in self.processes.values() if each.is_alive))

    async def fresh_database(self, name: str, **wanted: int) -> None:
        """Make, migrate and fill a database, and let the services find it there."""
        self.use_database(name)
        with psycopg.connect(self.postgres.dsn, autocommit=True) as connection:
            connection.execute(f'create database "{name}"')
        await asyncio.to_thread(migrations.migrate, self.dsn)
        self.tenant = await asyncio.to_thread(tenants.fill, self.dsn, self.encryption_key, **wanted)

    def use_database(self, name: str) -> None:
        """Let the services find a database of our server."""
        self.dsn = self.postgres.database(name)
        self.ways = Ways(self.ways.amqp_url, self.dsn, self.ways.graph_url)


@contextlib.asynccontextmanager
async def open_stand(
    folder: Path, *, numbers: int, throughput: int, customers: int, keep: bool = False, ground: Ground = Ground.USUAL
) -> AsyncIterator[Stand]:
    """Start broker and database, migrate, declare and fill; everything is stopped by pid and its data deleted after.

    Raises `NotPossible` for a ground this machine does not give.
    """
    _empty(folder)
    postgres, broker = PostgresNode(folder), broker_for(ground, folder)
    stand = standing(folder, postgres, broker)
    stand.disks = disks_for(ground, postgres=postgres.data, media=folder / "media")
    try:
        for disk in stand.disks.values():
            disk.mount()
        await _start_nodes(postgres, broker)
        await stand.fresh_database("stand", numbers=numbers, throughput=throughput, customers=customers)
        await topology.declare(broker.url)
        await asyncio.sleep(SETTLE_AFTER_DECLARING)
        yield stand
    finally:
        await stand.stop_services()
        await _stop_nodes(postgres, broker)
        for disk in stand.disks.values():
            disk.unmount()
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def standing(
    folder: Path, postgres: PostgresNode | GivenDatabase, broker: BrokerNode | BrokerCluster | GivenBroker
) -> Stand:
    """A stand on these neighbours, with nothing in it yet."""
    nobody = tenants.Tenant(0, (), (), "", "", "")
    ways = Ways(broker.url, postgres.dsn, "http://127.0.0.1:9")
    return Stand(folder, postgres, broker, ways, postgres.dsn, nobody, tenants.encryption_key())


def stand_folder(kind: str) -> Path:
    """A folder under build/ that only this process uses; `make nuke` leaves it alone."""
    return Path(f"build/{kind}-{os.getpid()}").resolve()


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


async def _start_nodes(postgres: PostgresNode, broker: BrokerNode | BrokerCluster) -> None:
    for node in (postgres, broker):
        await asyncio.to_thread(node.initialise)
    await asyncio.gather(postgres.start(), broker.start())


async def _stop_nodes(postgres: PostgresNode, broker: BrokerNode | BrokerCluster) -> None:
    if postgres.process.is_alive:
        await postgres.terminate()
    await broker.terminate()
    await until(lambda: not postgres.process.is_alive, 60, "Postgres did not stop")


def answers(url: str) -> bool:
    """True if a GET is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own loopback URL
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
