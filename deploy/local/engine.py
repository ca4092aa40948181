"""Is there a Docker engine behind the client, and does the client know Compose?"""

import shutil
import subprocess
from collections.abc import Sequence

PATIENCE = 5


def answers() -> bool:
    """A client alone is not enough: the engine must answer within seconds."""
    return _succeeds("info", "--format", "{{.ServerVersion}}")


def composes() -> bool:
    """An engine that answers, and the Compose plugin."""
    return answers() and _succeeds("compose", "version")


def is_installed() -> bool:
    return shutil.which("docker") is not None


def _succeeds(*arguments: str) -> bool:
    client = shutil.which("docker")
    if client is None:
        return False
    try:
        done = _run([client, *arguments])
    except (subprocess.TimeoutExpired, OSError):
        return False
    return done.returncode == 0 and bool(done.stdout.strip())


def _run(argv: Sequence[str]) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(argv, capture_output=True, check=False, timeout=PATIENCE)
