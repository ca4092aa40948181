"""A filesystem of a few hundred MiB of its own, so that a full disk is one disk full and not the machine's.

It is made in a file and mounted by a loop device, in a mount namespace that ends with us: nothing stays mounted.
"""

import contextlib
import ctypes
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

MEBIBYTE = 1024 * 1024
_NEW_MOUNT_NAMESPACE = 0x00020000
_BALLAST = ".ballast"
_STEP = 16 * MEBIBYTE


class NotPossible(Exception):
    """This machine cannot do what a regime needs; the message says what is missing."""


class SmallDisk:
    """A folder with a size; `fill` leaves no byte free on it, `free` gives the room back."""

    def __init__(self, folder: Path, mebibytes: int) -> None:
        self.folder = folder
        self._image = folder.with_suffix(".disk")
        self._size = mebibytes * MEBIBYTE

    def mount(self) -> None:
        """Make the filesystem and mount it; raises `NotPossible` where that takes what we have not."""
        mount_privately()
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._image.open("wb") as image:
            image.truncate(self._size)
        # Nothing kept back for root: the services may run as root, and their disk shall be full too.
        _run("mkfs.ext4", "-q", "-F", "-m", "0", str(self._image))
        _run("mount", "-o", "loop", str(self._image), str(self.folder))
        shutil.rmtree(self.folder / "lost+found")

    def unmount(self) -> None:
        """Give it up, whoever still has a file open on it."""
        with contextlib.suppress(NotPossible):
            _run("umount", "--lazy", str(self.folder))
        self._image.unlink(missing_ok=True)

    def fill(self, room: int = 0) -> None:
        """Take every byte that is left, but for `room`."""
        with (self.folder / _BALLAST).open("ab", buffering=0) as ballast, contextlib.suppress(OSError):
            for step in (_STEP, MEBIBYTE, 4096):
                with contextlib.suppress(OSError):
                    while True:
                        os.posix_fallocate(ballast.fileno(), os.fstat(ballast.fileno()).st_size, step)
            ballast.truncate(max(0, os.fstat(ballast.fileno()).st_size - room))

    def free(self) -> None:
        """Give back what `fill` took."""
        (self.folder / _BALLAST).unlink(missing_ok=True)

    @property
    def is_full(self) -> bool:
        """True if not even a page is left."""
        return shutil.disk_usage(self.folder).free < 4096


@cache
def mount_privately() -> None:
    """What is mounted from here on is seen by us and by what we start, and ends with us.

    To be called before the first thread: one that runs already keeps the mounts of the machine. Raises `NotPossible`.
    """
    if os.geteuid() != 0:
        raise NotPossible("a small disk of its own takes root")
    if ctypes.CDLL(None, use_errno=True).unshare(_NEW_MOUNT_NAMESPACE) != 0:
        raise NotPossible(f"no mount namespace of our own: {os.strerror(ctypes.get_errno())}")
    _run("mount", "--make-rprivate", "/")


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        told = error.stderr.strip() if isinstance(error, subprocess.CalledProcessError) else error
        raise NotPossible(f"{command[0]}: {told}") from error
