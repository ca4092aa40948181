"""Is there a Docker engine behind the client?"""

import shutil
import subprocess

PATIENCE = 5


def answers() -> bool:
    """A client alone is not enough: the engine must answer within seconds."""
    client = shutil.which("docker")
    if client is None:
        return False
    try:
        done = subprocess.run(
            [client, "info", "--format", "{{.ServerVersion}}"], capture_output=True, check=False, timeout=PATIENCE
        )
    except (subprocess.TimeoutExpired, OSError):
        return False
    return done.returncode == 0 and bool(done.stdout.strip())
