"""Broker and database from docker-compose.yml, where an engine answers."""

import os
import subprocess

from deploy.local import state
from deploy.local.place import Place
from deploy.local.programs import NotReady
from deploy.local.progress import Progress

SECONDS = 600
PORTS = ("amqp", "management", "postgres")


def start(place: Place, progress: Progress) -> None:
    with progress.step("Docker Compose: RabbitMQ and Postgres"):
        if not _compose(place, "ps", "--quiet"):
            _leave_ports_of_strangers(place)
        _compose(place, "up", "--detach", "--wait", "rabbitmq", "postgres")


def stop(place: Place, *, delete: bool = False) -> None:
    _compose(place, "down", *(["--volumes"] if delete else []))


def running(place: Place) -> frozenset[str]:
    """The names of the services whose containers run."""
    return frozenset(_compose(place, "ps", "--services", "--status", "running").split())


def amqp_url(place: Place) -> str:
    return f"amqp://colomba:{state.remembered(place, 'secret.compose')}@127.0.0.1:{_port(place, 'amqp')}/"


def management_url(place: Place) -> str:
    return f"http://colomba:{state.remembered(place, 'secret.compose')}@127.0.0.1:{_port(place, 'management')}"


def postgres_dsn(place: Place) -> str:
    secret = state.remembered(place, "secret.compose")
    return f"postgresql://colomba:{secret}@127.0.0.1:{_port(place, 'postgres')}/colomba"


def _compose(place: Place, *arguments: str) -> str:
    argv = ["docker", "compose", "--project-name", f"colomba-{place.mark}", *arguments]
    try:
        done = subprocess.run(
            argv, cwd=place.root, env=_environment(place), capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise NotReady(f"docker compose {arguments[0]} did not end within {SECONDS} s") from error
    if done.returncode:
        raise NotReady(f"docker compose {arguments[0]} failed:\n{done.stderr.strip()[-2000:]}")
    return done.stdout.strip()


def _environment(place: Place) -> dict[str, str]:
    ports = {f"COLOMBA_{name.upper()}_PORT": str(_port(place, name)) for name in PORTS}
    return os.environ | ports | {"COLOMBA_PASSWORD": state.remembered(place, "secret.compose")}


def _leave_ports_of_strangers(place: Place) -> None:
    """While our containers were away, another program may have taken what we remember."""
    for name in PORTS:
        state.port(place, f"compose.{name}")


def _port(place: Place, name: str) -> int:
    """Containers hold their ports: what was chosen once stays while they run."""
    return state.port(place, f"compose.{name}", taken_by_us=True)
