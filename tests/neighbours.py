"""Where the tests' broker and database come from."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from deploy.local import engine

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
        yield from_environment() or (containers(stack) if engine.answers() else private_nodes())


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
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.waiting_utils import wait_for_logs
    from testcontainers.postgres import PostgresContainer

    postgres = stack.enter_context(PostgresContainer(POSTGRES_IMAGE, driver=None).with_command("postgres -c fsync=off"))
    broker = stack.enter_context(DockerContainer(RABBITMQ_IMAGE).with_exposed_ports(5672, 15672))
    wait_for_logs(broker, "Server startup complete", timeout=120)
    host = broker.get_container_host_ip()
    return Neighbours(
        postgres.get_connection_url(),
        f"amqp://guest:guest@{host}:{broker.get_exposed_port(5672)}/",
        f"http://guest:guest@{host}:{broker.get_exposed_port(15672)}",
    )


def private_nodes() -> Neighbours:
    """This checkout's own nodes; they go on running, so that the next run starts at once (`make down` stops them)."""
    from deploy.local import nodes

    running = nodes.start()
    return Neighbours(running.postgres_dsn, running.amqp_url, running.management_url)
