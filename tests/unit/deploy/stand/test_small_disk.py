"""A disk of its own is full when it was filled, and nobody else's is."""

import subprocess
import sys
from pathlib import Path

import pytest

_FILL = """
import sys
from pathlib import Path
from deploy.stand.small_disk import NotPossible, SmallDisk
disk = SmallDisk(Path(sys.argv[1]) / "disk", 16)
try:
    disk.mount()
except NotPossible as missing:
    sys.exit(f"not possible: {missing}")
disk.fill()
assert disk.is_full
try:
    (disk.folder / "file").write_bytes(b"x" * 8192)
except OSError as full:
    print(full.strerror)
disk.free()
(disk.folder / "file").write_bytes(b"x" * 8192)
disk.unmount()
print(len(list(disk.folder.iterdir())))
"""


def test_a_full_disk_refuses_a_file_and_takes_it_when_there_is_room_again(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _FILL, str(tmp_path)], capture_output=True, text=True, check=False)
    if "not possible" in done.stderr:
        pytest.skip(done.stderr.strip())

    assert done.stdout.split("\n")[:2] == ["No space left on device", "0"], done.stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "disk"]
