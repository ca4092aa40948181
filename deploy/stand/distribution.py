"""Programs of another distribution: run inside its folder, as debootstrap makes it, with our data mounted at its place.

Each program gets a mount namespace of its own, so nothing stays mounted when it ends. Only root may do this.
"""

import os
import pwd
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_ENTER = (
    'root=$1 data=$2 account=$3; shift 3; mkdir -p "$root$data" && mount --rbind "$data" "$root$data" && '
    'mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && cd / && '
    'exec chroot ${account:+--userspec="$account"} "$root" "$@"'
)


@dataclass(frozen=True, slots=True)
class Distribution:
    """Where programs come from: a folder with a whole system in it, or this machine itself when `root` is None."""

    root: Path | None

    def command(self, program: Sequence[str], data: Path, user: str | None = None) -> list[str]:
        """What to start so that the program runs there and finds `data` under the same path; `user` only inside."""
        if self.root is None:
            return list(program)
        account = _numbers(user) if user else ""
        enter = ["unshare", "--mount", "sh", "-c", _ENTER, "enter", str(self.root), str(data), account]
        return [*enter, *program]

    def outside(self, user: str | None) -> str | None:
        """The account to start `command` as: entering takes root, the change of account follows inside."""
        return user if self.root is None else None

    def has(self, path: Path) -> bool:
        """True if the distribution has this file."""
        return path.exists() if self.root is None else (self.root / path.relative_to("/")).exists()


def chosen(variable: str) -> Distribution:
    """The distribution an environment variable names, else this machine."""
    root = os.environ.get(variable)
    return Distribution(Path(root) if root else None)


def unprivileged() -> str | None:
    """An account for programs that refuse root; None when we are not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


def _numbers(user: str) -> str:
    entry = pwd.getpwnam(user)
    return f"{entry.pw_uid}:{entry.pw_gid}"
