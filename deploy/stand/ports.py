"""Free TCP ports, and whether something listens on one."""

import contextlib
import random
import socket
from itertools import islice
from pathlib import Path

LOWEST = 10_000
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free(count: int) -> list[int]:
    """Ports nobody has at this moment, all different.

    None of those that the system gives to outgoing connections: one would take it while its service is down.
    """
    candidates = range(LOWEST, max(_first_ephemeral(), 2 * LOWEST))
    shuffled = random.SystemRandom().sample(candidates, len(candidates))
    found = list(islice(filter(_is_free, shuffled), count))
    if len(found) < count:
        raise OSError(f"fewer than {count} free ports from {candidates.start} to {candidates.stop - 1}")
    return found


def listens(port: int) -> bool:
    """True if a connection to this port of our own machine is accepted."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False


def _first_ephemeral() -> int:
    try:
        return int(_EPHEMERAL.read_text().split()[0])
    except OSError:
        return 32_768


def _is_free(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_server(("", port)):
        return True
    return False
