"""Postgres refuses to run as root: then it runs as `nobody`, in a folder that account can reach."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from deploy.local.place import Place

# For a checkout inside a folder nobody else may enter, such as /root.
ELSEWHERE = Path("/var/lib/colomba")


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a program runs as."""

    uid: int
    gid: int


def unprivileged() -> Account | None:
    """None when we are not root ourselves."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def reachable(path: Path) -> bool:
    """Everybody may pass through every folder on the way and read the last."""
    resolved = path.resolve()
    return all(folder.stat().st_mode & 0o001 for folder in [*resolved.parents]) and bool(
        resolved.stat().st_mode & 0o005
    )


def homes(place: Place) -> tuple[Path, Path]:
    """Where the account's data may stand."""
    return place.run / "postgres", ELSEWHERE / place.mark


def home(place: Place, account: Account | None) -> Path:
    """A folder for the account's data: under `.run/` where it can be reached, else in /var/lib/colomba."""
    inside = account is None or all(folder.stat().st_mode & 0o001 for folder in [place.run, *place.run.parents])
    folder = (place.run if inside else ELSEWHERE / place.mark) / "postgres"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account is not None:
        if not inside:
            for parent in (ELSEWHERE, ELSEWHERE / place.mark):
                parent.chmod(0o711)
        os.chown(folder, account.uid, account.gid)
    return folder
