"""Where a checkout keeps what runs: everything under `.run/`, so that two checkouts never meet."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """One checkout; `part` names nodes of their own beside the stack's, such as the tests'."""

    root: Path
    part: str = ""

    @property
    def run(self) -> Path:
        return self.root / ".run" / self.part

    @property
    def log(self) -> Path:
        return self.run / "log"

    @property
    def env(self) -> Path:
        """What another program needs to talk to the stack, as KEY=value lines."""
        return self.run / "env"

    @property
    def mark(self) -> str:
        """Tells this checkout's nodes from another's."""
        return hashlib.sha256(str(self.run).encode()).hexdigest()[:10]

    def forget(self) -> None:
        """Deletes what the launcher keeps here, and nothing that bench, chaos or tests put beside it."""
        if self.part:
            shutil.rmtree(self.run, ignore_errors=True)
        for name in ("log", "media"):
            shutil.rmtree(self.run / name, ignore_errors=True)
        for name in ("state.json", "env"):
            (self.run / name).unlink(missing_ok=True)

    def make(self) -> "Place":
        # Traversable by others: as root, Postgres runs under an account of its own and must reach its data in here.
        for folder in (self.run, self.log):
            folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        return self


def here(part: str = "") -> Place:
    return Place(Path(__file__).resolve().parents[2], part)
