"""The steps an operator takes once: migrate, declare the topology, register a number, keep its API key."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg

from deploy.local import services, state
from deploy.local.nodes import Nodes
from deploy.local.place import Place
from deploy.local.programs import NotReady
from deploy.local.progress import Progress

ORGANIZATION = "local"
TOKEN = "simulator-token"  # noqa: S105 - the simulator takes any
SECONDS = 90


def prepare(place: Place, found: Nodes, progress: Progress) -> str:
    """Answers an API key of the local organization. Everything here may be repeated."""
    environment = services.environment(place, found)
    with progress.step("migrations; exchanges and queues") as notes, ThreadPoolExecutor() as both:
        migrated = both.submit(_operate, environment, "migrate")
        declared = both.submit(_operate, environment, "topology", "declare")
        applied = migrated.result().count("applied: ")
        notes += [f"{applied} applied" if applied else "database up to date", declared.result().strip()]
    with progress.step("an organization with a number and a key") as notes:
        added = _operate(environment, *_number(), given=TOKEN)
        key = _after("api key: ", added) or _known_key(place, found) or _further_key(environment)
        state.remember(place, "api_key", key)
        notes.append(f"number {services.PHONE_NUMBER_ID}")
    return key


def _number() -> Sequence[str]:
    return (
        *("number", "add", "--organization", ORGANIZATION, "--waba", services.WABA_ID),
        *("--id", services.PHONE_NUMBER_ID, "--phone", services.PHONE, "--token-file", "-"),
    )


def _further_key(environment: Mapping[str, str]) -> str:
    made = _operate(
        environment, "key", "create", "--organization", ORGANIZATION, "--name", "launcher", "--role", "OWNER"
    )
    return _after("api key: ", made) or ""


def _known_key(place: Place, found: Nodes) -> str | None:
    """The remembered key, if it is this database that it was made for."""
    key = state.recall(place, "api_key")
    if key is None:
        return None
    with suppress(psycopg.Error), psycopg.connect(found.postgres_dsn, connect_timeout=5) as connection:
        rows = connection.execute("select prefix from colomba.api_keys where revoked_at is null").fetchall()
        return key if any(str(row[0]) in key for row in rows) else None
    return None


def _operate(environment: Mapping[str, str], *command: str, given: str = "") -> str:
    """An operator command of the sender; its last words when it fails."""
    argv = [sys.executable, "-m", "sender_service", *command]
    done = subprocess.run(
        argv, env=dict(environment), input=given, capture_output=True, text=True, check=False, timeout=SECONDS
    )
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise NotReady(f"`python -m sender_service {' '.join(command)}` failed:\n{last}")
    return done.stdout


def _after(prefix: str, text: str) -> str | None:
    return next((line.removeprefix(prefix).strip() for line in text.splitlines() if line.startswith(prefix)), None)
