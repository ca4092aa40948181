"""A service's clock goes wrong by as much as it was told, and the machine's does not."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.chaos import clock
from deploy.chaos.clock import Clock
from deploy.stand.small_disk import NotPossible

_TELL = "import time; print(time.time(), time.monotonic())"


@pytest.mark.parametrize("seconds", [3600, -86_400])
def test_a_process_reads_the_turned_clock_and_the_true_monotonic_one(tmp_path: Path, seconds: int) -> None:
    turned = Clock(tmp_path / "clock")
    turned.turn(seconds)
    try:
        environment = os.environ | turned.environment()
    except NotPossible as missing:
        pytest.skip(str(missing))
    told = subprocess.run([sys.executable, "-c", _TELL], env=environment, capture_output=True, text=True, check=True)
    wall, monotonic = map(float, told.stdout.split())

    assert wall - time.time() == pytest.approx(seconds, abs=60)
    assert monotonic == pytest.approx(time.monotonic(), abs=60)


def test_a_machine_without_the_library_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_PLACES", ("/nowhere/*.so",))

    with pytest.raises(NotPossible, match="apt-get install libfaketime"):
        Clock(tmp_path / "clock").environment()
