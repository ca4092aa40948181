"""A RabbitMQ node of this checkout, from the distribution's package: own name, ports, cookie, data and port mapper."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

from deploy.local import install, programs, state
from deploy.local.place import Place
from deploy.local.programs import Program
from deploy.local.progress import Progress

NAME = "rabbitmq"
USER = "colomba"
START_SECONDS = 120
# The distribution's wrapper in /usr/sbin insists on its own account; these are the programs behind it.
SERVERS = (Path("/usr/lib/rabbitmq/bin/rabbitmq-server"), Path("/opt/rabbitmq/sbin/rabbitmq-server"))


def start(place: Place, progress: Progress) -> bool:
    """True if it had to be started."""
    if programs.is_running(place, NAME):
        return False
    server = find() or install.rabbitmq(progress, find)
    with progress.step("RabbitMQ: a private node under .run/") as notes:
        folder = _folder(place)
        _configure(place, folder)
        programs.start(place, _program(place, folder, server))
        programs.wait_until(place, NAME, lambda: _listens(place), START_SECONDS)
        notes.append(f"port {_port(place, 'amqp')}, management {_port(place, 'management')}")
    return True


def stop(place: Place) -> bool:
    stopped = programs.stop(place, NAME)
    mapper = shutil.which("epmd")
    if mapper and state.recall(place, "port.epmd"):
        # The port mapper is a daemon Erlang leaves behind; this one is ours alone.
        command = [mapper, "-port", str(_port(place, "epmd")), "-kill"]
        subprocess.run(command, capture_output=True, check=False, timeout=10)
    return stopped


def delete(place: Place) -> None:
    shutil.rmtree(place.run / NAME, ignore_errors=True)


def amqp_url(place: Place) -> str:
    return f"amqp://{USER}:{_password(place)}@127.0.0.1:{_port(place, 'amqp')}/"


def management_url(place: Place) -> str:
    return f"http://{USER}:{_password(place)}@127.0.0.1:{_port(place, 'management')}"


def find() -> Path | None:
    return next((server for server in SERVERS if server.exists()), None)


def _folder(place: Place) -> Path:
    folder = place.run / NAME
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _configure(place: Place, folder: Path) -> None:
    (folder / "enabled_plugins").write_text("[rabbitmq_management,rabbitmq_prometheus].\n")
    # Read instead of /etc/rabbitmq/rabbitmq-env.conf, which belongs to the system's own node.
    (folder / "rabbitmq-env.conf").write_text("")
    # The node's name ends in @localhost, which minimal machines without /etc/hosts cannot resolve.
    (folder / "inetrc").write_text('{host, {127,0,0,1}, ["localhost"]}.\n{lookup, [file, native]}.\n')
    settings = {
        "listeners.tcp.1": f"127.0.0.1:{_port(place, 'amqp')}",
        "management.tcp.ip": "127.0.0.1",
        "management.tcp.port": _port(place, "management"),
        "prometheus.tcp.ip": "127.0.0.1",
        "prometheus.tcp.port": _port(place, "prometheus"),
        "default_user": USER,
        "default_pass": _password(place),
        "disk_free_limit.absolute": "200MB",
        "raft.wal_max_size_bytes": 64_000_000,
    }
    text = "".join(f"{name} = {value}\n" for name, value in settings.items())
    state.write_private(folder / "rabbitmq.conf", text)


def _program(place: Place, folder: Path, server: Path) -> Program:
    env = {
        "PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"colomba-{place.mark}@localhost",
        "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(place.log),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_PID_FILE": str(folder / "node.pid"),
        "RABBITMQ_DIST_PORT": str(_port(place, "dist")),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "ERL_INETRC": str(folder / "inetrc"),
        "ERL_EPMD_PORT": str(_port(place, "epmd")),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        # The script becomes the node instead of watching over it: its pid is the node's, SIGTERM stops it in order.
        "RUNNING_UNDER_SYSTEMD": "true",
    }
    # Stores are closed within a second; then the management plugin waits eight more for nobody. What is confirmed is on
    # disk either way.
    return Program(name=NAME, argv=[str(server)], env=env, folder=folder, grace=3)


def _listens(place: Place) -> bool:
    try:
        for name in ("amqp", "management"):
            socket.create_connection(("127.0.0.1", _port(place, name)), timeout=1).close()
    except OSError:
        return False
    return True


def _port(place: Place, name: str) -> int:
    return state.port(place, name, taken_by_us=programs.is_running(place, NAME))


def _password(place: Place) -> str:
    return state.remembered(place, "secret.rabbitmq")
