"""What a checkout remembers between runs: the ports it chose and the secrets it made."""

import contextlib
import fcntl
import json
import os
import random
import secrets
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from deploy.local.place import Place

# Below the range from which Linux takes the local ports of outgoing connections, so that nobody sits on them by chance.
PORTS = range(20_000, 32_000)
TRIES = 200


class NoFreePort(Exception):
    """Two hundred ports tried between 20000 and 32000, none of them free."""


@contextlib.contextmanager
def locked(place: Place) -> Iterator[None]:
    """One launcher at a time per checkout."""
    place.make()
    with (place.run / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def port(place: Place, name: str, *, taken_by_us: bool = False) -> int:
    """The remembered port, or a new one if a stranger sits on it. `taken_by_us`: our program listens there."""
    known = _read(place)
    remembered = known.get(f"port.{name}")
    if isinstance(remembered, int) and (taken_by_us or is_free(remembered)):
        return remembered
    chosen = _free_port(avoid={value for key, value in known.items() if key.startswith("port.")})
    _write(place, known | {f"port.{name}": chosen})
    return chosen


def remembered(place: Place, name: str, make: Callable[[], str] = lambda: secrets.token_hex(16)) -> str:
    """The remembered text, made at the first time of asking."""
    known = _read(place)
    if name not in known:
        _write(place, known | {name: make()})
    return str(_read(place)[name])


def remember(place: Place, name: str, value: str) -> None:
    _write(place, _read(place) | {name: value})


def recall(place: Place, name: str) -> str | None:
    value = _read(place).get(name)
    return None if value is None else str(value)


def is_free(number: int) -> bool:
    with socket.socket() as probe:
        # As a server would bind: a connection of the last run in TIME_WAIT does not make a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return False
    return True


def write_private(path: Path, text: str) -> None:
    """Whole or not at all, and readable by nobody else."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
    fresh.replace(path)


def _free_port(avoid: set[str | int]) -> int:
    for _ in range(TRIES):
        number = random.choice(PORTS)
        if number not in avoid and is_free(number):
            return number
    raise NoFreePort(NoFreePort.__doc__)


def _read(place: Place) -> dict[str, str | int]:
    try:
        known: dict[str, str | int] = json.loads((place.run / "state.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return known


def _write(place: Place, known: dict[str, str | int]) -> None:
    write_private(place.run / "state.json", json.dumps(known, indent=1, sort_keys=True))
