"""Where the tests' broker and database come from."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import IO
from urllib.parse import urlsplit

from deploy.local import engine, nodes, state
from deploy.local.place import Place, here
from deploy.local.progress import Progress

POSTGRES_IMAGE = "postgres:18.1-alpine"
RABBITMQ_IMAGE = "rabbitmq:4.1-management-alpine"


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A Postgres server that may create databases and a broker that may create virtual hosts."""

    postgres_dsn: str
    amqp_url: str
    management_url: str


@contextmanager
def find() -> Iterator[Neighbours]:
    with ExitStack() as stack:
        yield from_environment() or (containers(stack) if engine.answers() else private_nodes(stack))


def from_environment() -> Neighbours | None:
    postgres, amqp = os.environ.get("TEST_POSTGRES_DSN"), os.environ.get("TEST_AMQP_URL")
    if not postgres or not amqp:
        return None
    return Neighbours(postgres, amqp, os.environ.get("TEST_AMQP_MANAGEMENT_URL") or management_beside(amqp))


def management_beside(amqp_url: str) -> str:
    """The management API listens 10,000 above AMQP unless told otherwise."""
    parts = urlsplit(amqp_url)
    return f"http://{parts.hostname}:{(parts.port or 5672) + 10_000}"


def containers(stack: ExitStack) -> Neighbours:
    from testcontainers.community.postgres import PostgresContainer
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    postgres = stack.enter_context(PostgresContainer(POSTGRES_IMAGE, driver=None).with_command("postgres -c fsync=off"))
    started = LogMessageWaitStrategy("Server startup complete").with_startup_timeout(120)
    broker = stack.enter_context(DockerContainer(RABBITMQ_IMAGE).with_exposed_ports(5672, 15672).waiting_for(started))
    host = broker.get_container_host_ip()
    return Neighbours(
        postgres.get_connection_url(),
        f"amqp://guest:guest@{host}:{broker.get_exposed_port(5672)}/",
        f"http://guest:guest@{host}:{broker.get_exposed_port(15672)}",
    )


def private_nodes(stack: ExitStack) -> Neighbours:
    """Nodes of this checkout's tests alone, shared by test runs side by side: the last to leave stops them."""
    place = here("tests").make()
    users = stack.enter_context((place.run / "users").open("w"))
    with state.locked(place):
        fcntl.flock(users, fcntl.LOCK_SH)
        running = nodes.private(place, Progress(), durable=False)
    stack.callback(leave, place, users)
    assert running.management_url
    server = running.postgres_dsn.rpartition("/")[0] + "/postgres"
    return Neighbours(server, running.amqp_url, running.management_url)


def leave(place: Place, users: IO[str]) -> None:
    with state.locked(place), suppress(BlockingIOError):
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        nodes.stop(place)
