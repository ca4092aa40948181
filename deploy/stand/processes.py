"""One process of the stand: started, awaited, killed, frozen and woken by its pid, and never by a name."""

import asyncio
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

POLL = 0.02
PR_SET_PDEATHSIG = 1


class NotReady(Exception):
    """A process ended or was not ready in time."""


@dataclass(slots=True)
class Process:
    """A command that can be started again and again; what it prints goes to one log file.

    `user` is an account to run as (Postgres refuses root), `nice` its niceness; None keeps our own, and so does a
    niceness that we may not give.
    """

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    user: str | None = None
    working_directory: Path | None = None
    nice: int | None = None
    _child: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    started_at: float = field(default=0.0, init=False)

    @property
    def pid(self) -> int:
        """The pid of the running child; raises `NotReady` when there is none."""
        if self._child is None:
            raise NotReady(f"{self.name} is not running")
        return self._child.pid

    @property
    def is_alive(self) -> bool:
        """True while the child runs, frozen or not."""
        return self._child is not None and self._child.poll() is None

    @property
    def returncode(self) -> int | None:
        """How the last child ended, None while it runs."""
        return None if self._child is None else self._child.poll()

    def start(self) -> None:
        """Start the child in a session of its own; it dies with us, however we die."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                self.arguments,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.working_directory,
                user=self.user,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one system call, no locks
            )
        if self.nice is not None:
            _prefer(self.pid, self.nice)
        self.started_at = time.time()

    def signal(self, number: int) -> None:
        """Send a signal to the child's whole session, so that wrappers and helpers get it too."""
        if self.is_alive:
            os.killpg(self.pid, number)

    async def kill(self) -> None:
        """End the child with SIGKILL and wait until it is gone."""
        self.signal(signal.SIGKILL)
        await self.ended(30)

    async def terminate(self, patience: float = 30) -> float:
        """End the child with SIGTERM, by SIGKILL past the patience; returns the seconds it took."""
        began = time.monotonic()
        self.signal(signal.SIGCONT)
        if self.is_alive:
            os.kill(self.pid, signal.SIGTERM)
        try:
            await self.ended(patience)
        except NotReady:
            await self.kill()
        return time.monotonic() - began

    def freeze(self) -> None:
        """Stop the child where it stands; `thaw` lets it go on."""
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen child go on."""
        self.signal(signal.SIGCONT)

    async def ended(self, patience: float) -> None:
        """Wait until the child has ended; raises `NotReady` past the patience."""
        await until(lambda: not self.is_alive, patience, f"{self.name} did not end")

    def tail(self, lines: int = 15) -> str:
        """The last lines of the log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


async def until(condition: Callable[[], bool], patience: float, complaint: str) -> float:
    """Poll a condition; returns the seconds it took, raises `NotReady` past the patience."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > patience:
            raise NotReady(f"{complaint} within {patience:g} s")
        await asyncio.sleep(POLL)
    return time.monotonic() - began


def _prefer(pid: int, nice: int) -> None:
    """Where Linux groups processes by session, a niceness ranks within the session; the group has one of its own."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, nice)
        Path(f"/proc/{pid}/autogroup").write_text(str(nice))


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
