"""Broker and database from docker-compose.yml, where an engine answers."""

import os
import subprocess

from deploy.local import state
from deploy.local.place import Place
from deploy.local.programs import NotReady
from deploy.local.progress import Progress

SECONDS = 600


def start(place: Place, progress: Progress) -> None:
    with progress.step("Docker Compose: RabbitMQ and Postgres"):
        _compose(place, "up", "--detach", "--wait", "rabbitmq", "postgres")


def stop(place: Place, *, delete: bool = False) -> None:
    _compose(place, "down", *(["--volumes"] if delete else []))


def amqp_url(place: Place) -> str:
    return f"amqp://colomba:{state.remembered(place, 'secret.compose')}@127.0.0.1:{_port(place, 'amqp')}/"


def management_url(place: Place) -> str:
    return f"http://colomba:{state.remembered(place, 'secret.compose')}@127.0.0.1:{_port(place, 'management')}"


def postgres_dsn(place: Place) -> str:
    secret = state.remembered(place, "secret.compose")
    return f"postgresql://colomba:{secret}@127.0.0.1:{_port(place, 'postgres')}/colomba"


def _compose(place: Place, *arguments: str) -> None:
    argv = ["docker", "compose", "--project-name", f"colomba-{place.mark}", *arguments]
    done = subprocess.run(
        argv, cwd=place.root, env=_environment(place), capture_output=True, text=True, check=False, timeout=SECONDS
    )
    if done.returncode:
        raise NotReady(f"docker compose {arguments[0]} failed:\n{done.stderr.strip()[-2000:]}")


def _environment(place: Place) -> dict[str, str]:
    return dict(os.environ) | {
        "COLOMBA_PASSWORD": state.remembered(place, "secret.compose"),
        "COLOMBA_AMQP_PORT": str(_port(place, "amqp")),
        "COLOMBA_MANAGEMENT_PORT": str(_port(place, "management")),
        "COLOMBA_POSTGRES_PORT": str(_port(place, "postgres")),
    }


def _port(place: Place, name: str) -> int:
    """The containers of a former run hold their ports: what was chosen once stays."""
    return state.port(place, f"compose.{name}", taken_by_us=state.recall(place, f"port.compose.{name}") is not None)
