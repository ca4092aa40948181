"""RabbitMQ from the distribution, when it is missing: as root after saying so, else one clear sentence."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from deploy.local.progress import Progress

POLICY = Path("/usr/sbin/policy-rc.d")
KEPT = Path("/usr/sbin/policy-rc.d.colomba-kept")
SECONDS = 600


class CannotHave(Exception):
    """Something this machine needs is not there and cannot be installed by us."""


def rabbitmq(progress: Progress, find: Callable[[], Path | None]) -> Path:
    """Installs the package without starting the distribution's own service, and answers the server's path."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise CannotHave(
            "RabbitMQ is not installed: run `sudo apt-get install rabbitmq-server`, start Docker, or set AMQP_URL to a"
            " broker you have, then run this again."
        )
    progress.say(
        "RabbitMQ is not installed; installing the distribution's package rabbitmq-server (its service stays off)."
    )
    with progress.step("apt-get install rabbitmq-server"), _services_stay_off():
        _apt("update")
        _apt("install", "-y", "--no-install-recommends", "rabbitmq-server")
    server = find()
    if server is None:
        raise CannotHave("apt-get installed rabbitmq-server, but /usr/lib/rabbitmq/bin/rabbitmq-server is not there.")
    return server


@contextlib.contextmanager
def _services_stay_off() -> Iterator[None]:
    """Debian asks policy-rc.d before it starts a service: 101 means no. What stood there comes back afterwards."""
    if POLICY.exists() and not KEPT.exists():
        POLICY.rename(KEPT)
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
        if KEPT.exists():
            KEPT.rename(POLICY)


def _apt(*arguments: str) -> None:
    done = _run(["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120", *arguments])
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-8:])
        raise CannotHave(f"apt-get {' '.join(arguments)} failed:\n{last}")


def _run(argv: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=SECONDS)
