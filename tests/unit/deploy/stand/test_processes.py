"""A process of the stand runs as it was ordered to."""

import os
import sys

import pytest

from deploy.stand.processes import Process

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.mark.parametrize("more", [None, 3])
async def test_a_process_runs_with_the_niceness_it_was_given_or_ours(tmp_path, more) -> None:
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    process = Process("sleeper", SLEEP, os.environ, tmp_path / "log", nice=None if more is None else ours + more)
    process.start()
    try:
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == ours + (more or 0)
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
