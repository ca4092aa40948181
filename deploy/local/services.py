"""The simulator and both services as background programs of one checkout."""

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping

from cryptography.fernet import Fernet

from deploy.local import programs, state
from deploy.local.nodes import Nodes
from deploy.local.place import Place
from deploy.local.programs import Program
from deploy.local.progress import Progress

WABA_ID = "102290129340398"
PHONE_NUMBER_ID = "106540352242922"
PHONE = "+39 06 94801234"
NAMES = ("simulator", "ingress", "sender")
READY_SECONDS = 45


def url(place: Place, name: str) -> str:
    return f"http://127.0.0.1:{_port(place, name)}"


def environment(place: Place, found: Nodes) -> dict[str, str]:
    """What the simulator, both services and the operator commands are told; secrets stand in no process list."""
    ours = {
        "INGRESS_AMQP_URL": os.environ.get("INGRESS_AMQP_URL") or found.amqp_url,
        "INGRESS_APP_SECRETS": state.remembered(place, "secret.app"),
        "SIMULATOR_APP_SECRET": state.remembered(place, "secret.app"),
        "INGRESS_VERIFY_TOKEN": state.remembered(place, "secret.verify"),
        "INGRESS_PORT": str(_port(place, "ingress")),
        "SENDER_AMQP_URL": os.environ.get("SENDER_AMQP_URL") or found.amqp_url,
        "SENDER_POSTGRES_DSN": found.postgres_dsn,
        "SENDER_GRAPH_URL": url(place, "simulator"),
        "SENDER_PORT": str(_port(place, "sender")),
        "SENDER_ENCRYPTION_KEYS": state.remembered(place, "secret.encryption", _encryption_key),
        "SENDER_MEDIA_URL": f"file:{place.run / 'media'}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(place.root),
    }
    # A developer's own WHATSAPP_ variables would point the local stack at Meta.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WHATSAPP_")}
    return inherited | ours


def start(place: Place, found: Nodes, progress: Progress) -> None:
    """Starts what is not running, or runs without answering, and waits until each says it is ready."""
    shared = environment(place, found)
    for name, argv, health in _table(place):
        if programs.is_running(place, name) and _answers(health):
            continue
        programs.stop(place, name)
        with progress.step(f"{name}: {' '.join(argv[:3])}") as notes:
            program = Program(name=name, argv=[sys.executable, *argv], env=shared, folder=place.root)
            programs.start(place, program)
            programs.wait_until(place, name, lambda health=health: _answers(health), READY_SECONDS)  # type: ignore[misc]
            notes.append(url(place, name))


def stop(place: Place) -> list[str]:
    """The sender before the neighbours it talks to; answers what had been running."""
    return [name for name in reversed(NAMES) if programs.stop(place, name)]


def write_env(place: Place, found: Nodes, api_key: str) -> Mapping[str, str]:
    """`.run/env`, for whoever wants to talk to the stack."""
    values = {
        "INGRESS_URL": url(place, "ingress"),
        "API_URL": url(place, "sender"),
        "SIMULATOR_URL": url(place, "simulator"),
        "AMQP_URL": found.amqp_url,
        "POSTGRES_DSN": found.postgres_dsn,
        "APP_SECRET": state.remembered(place, "secret.app"),
        "VERIFY_TOKEN": state.remembered(place, "secret.verify"),
        "WABA_ID": WABA_ID,
        "PHONE_NUMBER_ID": PHONE_NUMBER_ID,
        "API_KEY": api_key,
    }
    state.write_private(place.env, "".join(f"{name}={value}\n" for name, value in values.items()))
    return values


def _table(place: Place) -> tuple[tuple[str, list[str], str], ...]:
    simulator = ["-m", "deploy.simulator", "--port", str(_port(place, "simulator"))]
    simulator += ["--webhook-url", f"{url(place, 'ingress')}/webhooks/whatsapp", "--waba-id", WABA_ID]
    return (
        ("simulator", simulator, f"{url(place, 'simulator')}/_sim/health"),
        ("ingress", ["-m", "ingress_service"], f"{url(place, 'ingress')}/readyz"),
        ("sender", ["-m", "sender_service", "all"], f"{url(place, 'sender')}/readyz"),
    )


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _port(place: Place, name: str) -> int:
    return state.port(place, name, taken_by_us=programs.is_running(place, name))


def _encryption_key() -> str:
    return Fernet.generate_key().decode()
