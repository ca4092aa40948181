"""What a newcomer is promised: one command, and the main job is done and seen, also after everything was killed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest

from deploy.local import postgres, programs, rabbitmq, services
from deploy.local.place import Place, here

pytestmark = pytest.mark.timeout(300)
ENV_KEYS = (
    "INGRESS_URL API_URL SIMULATOR_URL AMQP_URL POSTGRES_DSN APP_SECRET VERIFY_TOKEN WABA_ID PHONE_NUMBER_ID API_KEY"
)


@pytest.fixture
def place() -> Iterator[Place]:
    """A stack of its own beside the checkout's."""
    place = here(f"tests-{uuid4().hex[:8]}")
    yield place
    launcher(place, "nuke", {})


def launcher(place: Place, command: str, urls: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    given = {name: value for name, value in os.environ.items() if not name.startswith(("SENDER_", "INGRESS_"))}
    return subprocess.run(
        [sys.executable, "-m", "deploy.local", command, "--part", place.part],
        cwd=place.root,
        env=given | urls,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_demo_sees_every_step_and_its_last_line_says_so(place, postgres_dsn, amqp_url):
    done = launcher(place, "demo", {"POSTGRES_DSN": postgres_dsn, "AMQP_URL": amqp_url})
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["ok"] is True
    assert {step["seen_in"] for step in told["steps"]} == {"postgres", "rabbitmq", "cloud api"}
    assert all(set(step) == {"name", "seen_in", "ms"} for step in told["steps"])
    assert not any(programs.is_running(place, name) for name in services.NAMES)


def test_a_stack_killed_at_once_comes_up_again_with_its_data(place):
    """Private nodes and services, all killed with -9; the second start finds the same key and works."""
    first = launcher(place, "up", {})
    assert first.returncode == 0, first.stderr
    before = place.env.read_text()
    assert [line.partition("=")[0] for line in before.splitlines()] == ENV_KEYS.split()
    assert place.env.stat().st_mode & 0o777 == 0o600
    for name in (*services.NAMES, rabbitmq.NAME, postgres.NAME):
        pid = programs.pid(place, name)
        assert pid, f"{name} is not running"  # and 0 would be our own process group
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    again = launcher(place, "demo", {})
    assert again.returncode == 0, again.stderr
    again_up = launcher(place, "up", {})
    assert place.env.read_text() == before, again_up.stderr
