"""Programs that outlive the launcher: started with a log and a note of who they are, found again, surely stopped."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from deploy.local.accounts import Account
from deploy.local.place import Place


class NotReady(Exception):
    """A program did not come up in time or ended at once; the message names its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """How a program is started and stopped."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    folder: Path
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 30.0


def start(place: Place, program: Program) -> None:
    """In a session of its own: a terminal's Ctrl-C reaches the launcher alone, which then stops things in order."""
    account = program.account
    with _log(place, program.name).open("ab") as log:
        process = subprocess.Popen(
            program.argv,
            cwd=program.folder,
            env=dict(program.env),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    born = psutil.Process(process.pid).create_time()
    process.returncode = 0  # it outlives this object on purpose: nobody will collect it through it
    note = {"pid": process.pid, "born": born, "signal": int(program.stop_signal), "grace": program.grace}
    _note(place, program.name).write_text(json.dumps(note))


def is_running(place: Place, name: str) -> bool:
    return _find(place, name) is not None


def recorded(place: Place, name: str) -> bool:
    """It was started and nobody stopped it."""
    return _note(place, name).exists()


def pid(place: Place, name: str) -> int | None:
    process = _find(place, name)
    return process.pid if process else None


def stop(place: Place, name: str) -> bool:
    """Asks, waits for its grace, then kills it with everything it started. False if it was not running."""
    process = _find(place, name)
    if process is not None:
        note = json.loads(_note(place, name).read_text())
        # A stopped (frozen) process cannot obey.
        for asked in (note["signal"], signal.SIGCONT):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(asked)
        _wait(process, note["grace"])
    _note(place, name).unlink(missing_ok=True)
    return process is not None


def wait_until(place: Place, name: str, ready: Callable[[], bool], seconds: float) -> None:
    """Polls until the program is ready; fails at once if it has ended, and names the log to read."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not is_running(place, name):
            raise NotReady(f"{name} ended while starting; read {_log(place, name)}:\n{tail(place, name)}")
        if time.monotonic() > deadline:
            raise NotReady(f"{name} was not ready after {seconds:g} s; read {_log(place, name)}:\n{tail(place, name)}")
        time.sleep(0.05)


def tail(place: Place, name: str, lines: int = 12) -> str:
    with contextlib.suppress(FileNotFoundError):
        text = _log(place, name).read_text(errors="replace")
        return "\n".join("    " + line for line in text.splitlines()[-lines:])
    return ""


def _wait(process: psutil.Process, grace: float) -> None:
    if not _ended(process, grace):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        _ended(process, 5)


def _ended(process: psutil.Process, seconds: float) -> bool:
    """Ended within so many seconds, whether or not whoever started it has looked."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(psutil.TimeoutExpired, psutil.NoSuchProcess):
            process.wait(timeout=0.05)
            return True
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
    return False


def _find(place: Place, name: str) -> psutil.Process | None:
    """The process of the note, if it still is that process: after a reboot its number belongs to somebody else."""
    try:
        note = json.loads(_note(place, name).read_text())
        process = psutil.Process(note["pid"])
        same = abs(process.create_time() - note["born"]) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except (FileNotFoundError, ValueError, KeyError, psutil.NoSuchProcess):
        return None
    return process if same else None


def _note(place: Place, name: str) -> Path:
    return place.run / f"{name}.pid"


def _log(place: Place, name: str) -> Path:
    return place.log / f"{name}.log"
