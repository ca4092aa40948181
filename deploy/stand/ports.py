"""Free TCP ports, and whether something listens on one."""

import contextlib
import random
import socket
import sys
from itertools import islice
from pathlib import Path

LOWEST = 10_000
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free(count: int) -> list[int]:
    """Ports nobody has at this moment, all different.

    None of those that the system gives to outgoing connections: one would take it while its service is down.
    """
    ephemeral = _ephemeral()
    candidates = [port for port in range(LOWEST, 65_536) if port not in ephemeral]
    shuffled = random.SystemRandom().sample(candidates, len(candidates))
    found = list(islice(filter(_is_free, shuffled), count))
    if len(found) < count:
        raise OSError(f"fewer than {count} free ports from {LOWEST} outside {ephemeral.start} to {ephemeral.stop - 1}")
    return found


def listens(port: int) -> bool:
    """True if a connection to this port of our own machine is accepted."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False


def _ephemeral() -> range:
    """What outgoing connections are given; on other systems what IANA says."""
    try:
        first, last = map(int, _EPHEMERAL.read_text().split())
    except OSError:
        first, last = 49_152, 65_535
    return range(first, last + 1)


def _is_free(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_server(("", port)):
        return _is_ours(port)
    return False


def _is_ours(port: int) -> bool:
    """Reserve a port while this process lives, where Linux can: another stand would take it while it is unused."""
    if sys.platform != "linux":
        return True
    name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        name.bind(f"\0colomba-port-{port}")
    except OSError:
        name.close()
        return False
    # A name without a file: the system forgets it with the process.
    name.detach()
    return True
