"""Starting and ending a process: its roles run side by side, a signal stops them all, and so does the failure of
one.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final

from shared.logging import get_logger

Role = Callable[[asyncio.Event], Awaitable[None]]

# After the grace period tasks are cancelled; whatever has not ended so much later never will.
WATCHDOG_EXTRA: Final = 10.0

_log = get_logger(__name__)


class RoleFailed(Exception):
    """A role ended though nobody stopped it; the process must end with a non-zero exit."""


async def run_roles(roles: Mapping[str, Role], grace: float, stopping: asyncio.Event | None = None) -> None:
    """Run every role until SIGTERM or SIGINT, then give them `grace` seconds; a second signal ends at once.

    Each role is called with an event that is set when it should finish. Raises `RoleFailed` when one ends by itself.
    """
    stop = stopping or asyncio.Event()
    with _Signals(stop, grace):
        tasks = [asyncio.create_task(_run(name, role, stop), name=name) for name, role in roles.items()]
        await _until_stopped(tasks, stop)
        stop.set()
        await asyncio.wait(tasks, timeout=grace)
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    failures = [result for result in results if isinstance(result, RoleFailed)]
    if failures:
        raise failures[0]


async def _until_stopped(tasks: Collection[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """Wait for the stop event, or for the first task that ends before it."""
    waiter = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({*tasks, waiter}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiter.cancel()


async def _run(name: str, role: Role, stop: asyncio.Event) -> None:
    """Run one role and say how it ended."""
    _log.info("role.started", role=name)
    try:
        await role(stop)
    except Exception as error:
        _log.error("role.failed", role=name, exc_info=error)
        raise RoleFailed(f"{name}: {type(error).__name__}") from error
    if not stop.is_set():
        _log.error("role.ended", role=name)
        raise RoleFailed(f"{name} ended though nobody stopped it")
    _log.info("role.stopped", role=name)


class _Signals:
    """While entered, SIGTERM and SIGINT set the stop event; a second one, or a stop that hangs, ends the process."""

    def __init__(self, stop: asyncio.Event, grace: float) -> None:
        self._stop = stop
        self._grace = grace
        self._watchdog: threading.Timer | None = None

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal, number)

    def __exit__(self, *_: object) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        if self._watchdog is not None:
            self._watchdog.cancel()

    def _on_signal(self, number: int) -> None:
        if self._stop.is_set():
            _log.error("process.killed_itself", reason="a second signal")
            os._exit(128 + number)
        _log.info("process.stopping", signal=signal.Signals(number).name, grace_seconds=self._grace)
        self._stop.set()
        self._watchdog = threading.Timer(self._grace + WATCHDOG_EXTRA, _end, (number,))
        self._watchdog.daemon = True
        self._watchdog.start()


def _end(number: int) -> None:
    """End a process whose event loop does not come to an end by itself; runs in a thread."""
    os.write(2, b"the process did not stop in time and is ended\n")
    os._exit(128 + number)
