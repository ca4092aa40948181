"""Where the broker and the database come from: URLs in the environment, else Docker Compose, else private nodes."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from deploy.local import compose, engine, postgres, rabbitmq, state
from deploy.local.place import Place, here
from deploy.local.progress import Progress

AMQP_NAMES = ("AMQP_URL", "SENDER_AMQP_URL", "INGRESS_AMQP_URL")
POSTGRES_NAMES = ("POSTGRES_DSN", "SENDER_POSTGRES_DSN")


@dataclass(frozen=True, slots=True)
class Nodes:
    """A broker and a database to use. `started` names what was not running before."""

    postgres_dsn: str
    amqp_url: str
    management_url: str | None
    started: frozenset[str] = frozenset()


def start(place: Place | None = None, progress: Progress | None = None) -> Nodes:
    place, progress = (place or here()).make(), progress or Progress()
    amqp, dsn = given(AMQP_NAMES, os.environ), given(POSTGRES_NAMES, os.environ)
    if amqp and dsn:
        progress.say("Broker and database: as given in the environment.")
        return Nodes(dsn, amqp, None)
    with state.locked(place):
        if engine.composes():
            return _compose(place, progress, amqp=amqp, dsn=dsn)
        if engine.is_installed():
            progress.say("Docker is installed, but no engine with Compose answers: private nodes instead.")
        return private(place, progress, amqp=amqp, dsn=dsn)


def private(
    place: Place, progress: Progress, *, amqp: str | None = None, dsn: str | None = None, durable: bool = True
) -> Nodes:
    """Postgres from its wheel, RabbitMQ from the distribution; what was given is not started.

    A database that is not durable forgets everything when the machine stops: right for tests only.
    """
    started = set()
    if not amqp and rabbitmq.start(place, progress):
        started.add("rabbitmq")
    if not dsn and postgres.start(place, progress, durable=durable):
        started.add("postgres")
    management = None if amqp else rabbitmq.management_url(place)
    return Nodes(dsn or postgres.dsn(place), amqp or rabbitmq.amqp_url(place), management, frozenset(started))


def stop(place: Place, *, delete: bool = False) -> None:
    """Stops what is ours, however it was started; with `delete` its data go too."""
    postgres.stop(place)
    rabbitmq.stop(place)
    if _composed(place):
        compose.stop(place, delete=delete)
    if delete:
        postgres.delete(place)
        rabbitmq.delete(place)


def contained(place: Place) -> frozenset[str]:
    """Which of the nodes run in containers of this checkout."""
    return compose.running(place) if _composed(place) else frozenset()


def _composed(place: Place) -> bool:
    return state.recall(place, "port.compose.amqp") is not None and engine.composes()


def given(names: tuple[str, ...], environment: Mapping[str, str]) -> str | None:
    return next((environment[name] for name in names if environment.get(name)), None)


def _compose(place: Place, progress: Progress, *, amqp: str | None, dsn: str | None) -> Nodes:
    compose.start(place, progress)
    management = None if amqp else compose.management_url(place)
    started = frozenset({"compose"})
    return Nodes(dsn or compose.postgres_dsn(place), amqp or compose.amqp_url(place), management, started)
