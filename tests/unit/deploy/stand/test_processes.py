"""A process of the stand runs as it was ordered to."""

import os
import sys
from pathlib import Path

import pytest

from deploy.stand.processes import Process

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def of_its_session(pid: int) -> int | None:
    """The niceness of the group that Linux makes of a session, where it does."""
    group = Path(f"/proc/{pid}/autogroup")
    return int(group.read_text().split()[-1]) if group.exists() else None


@pytest.mark.parametrize("more", [None, 3])
async def test_a_process_runs_with_the_niceness_it_was_given_or_ours(tmp_path, more) -> None:
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    process = Process("sleeper", SLEEP, os.environ, tmp_path / "log", nice=None if more is None else ours + more)
    process.start()
    try:
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == ours + (more or 0)
        if more is not None:
            assert of_its_session(process.pid) in (None, ours + more)
    finally:
        await process.kill()


async def test_a_niceness_that_we_may_not_give_is_no_error(tmp_path, monkeypatch) -> None:
    def refused(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refused)
    process = Process("sleeper", SLEEP, os.environ, tmp_path / "log", nice=-15)
    process.start()
    assert process.is_alive
    await process.kill()
