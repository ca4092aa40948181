"""The launcher: what it remembers, what it finds, what it says when something is missing."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from deploy.local import accounts, compose, engine, install, nodes, programs, state
from deploy.local.__main__ import main
from deploy.local.place import Place
from deploy.local.programs import Program
from deploy.local.progress import Progress


@pytest.fixture
def place(tmp_path) -> Place:
    return Place(tmp_path).make()


@pytest.fixture
def progress() -> Progress:
    return Progress(Console(quiet=True))


def sleeper(place: Place, *, code: str = "import time; time.sleep(60)", grace: float = 5) -> Program:
    return Program(name="sleeper", argv=[sys.executable, "-c", code], folder=place.root, grace=grace)


def docker_that(path: Path, script: str) -> str:
    """A `docker` on a PATH of its own."""
    program = path / "docker"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(path)


def test_a_port_is_remembered_and_given_up_when_a_stranger_sits_on_it(place):
    first = state.port(place, "amqp")
    assert state.port(place, "amqp") == first
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", first))
        stranger.listen()
        assert state.port(place, "amqp", taken_by_us=True) == first
        assert state.port(place, "amqp") != first


def test_ports_of_one_checkout_differ_and_lie_below_the_range_of_outgoing_connections(place):
    ports = {state.port(place, name) for name in ("a", "b", "c", "d", "e")}
    assert len(ports) == 5
    assert all(number in state.PORTS for number in ports)


def test_secrets_are_made_once_and_readable_by_nobody_else(place):
    secret = state.remembered(place, "secret.app")
    assert state.remembered(place, "secret.app") == secret
    assert stat.S_IMODE((place.run / "state.json").stat().st_mode) == 0o600


def test_a_torn_state_file_is_a_fresh_start_and_not_an_error(place):
    (place.run / "state.json").write_text('{"port.amqp": 2')
    assert state.port(place, "amqp") in state.PORTS


def test_two_checkouts_have_different_marks(tmp_path):
    assert Place(tmp_path / "a").mark != Place(tmp_path / "b").mark


def test_a_program_is_found_again_and_stopped(place):
    programs.start(place, sleeper(place))
    assert programs.is_running(place, "sleeper")
    assert programs.stop(place, "sleeper")
    assert not programs.is_running(place, "sleeper")
    assert not programs.stop(place, "sleeper")


def test_a_program_that_will_not_stop_is_killed_after_its_grace(place):
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    programs.start(place, sleeper(place, code=code, grace=0.2))
    programs.wait_until(place, "sleeper", lambda: "deaf" in programs.tail(place, "sleeper"), 5)
    started = time.monotonic()
    assert programs.stop(place, "sleeper")
    assert time.monotonic() - started < 5


def test_a_frozen_program_can_be_stopped(place):
    programs.start(place, sleeper(place, grace=2))
    pid = programs.pid(place, "sleeper")
    assert pid
    os.kill(pid, signal.SIGSTOP)
    assert programs.stop(place, "sleeper")


def test_a_program_whose_starter_never_looks_at_it_again_counts_as_ended(place):
    """Two test runs share nodes: the one that stops them is not always the one that started them."""
    script = "import subprocess, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout
        sleeping = psutil.Process(int(starter.stdout.readline()))
        note = {"pid": sleeping.pid, "born": sleeping.create_time(), "signal": int(signal.SIGTERM), "grace": 30}
        (place.run / "sleeper.pid").write_text(json.dumps(note))
        began = time.monotonic()

        assert programs.stop(place, "sleeper")

        assert time.monotonic() - began < 10
        assert not programs.is_running(place, "sleeper")
        starter.kill()


def test_a_note_whose_number_belongs_to_another_process_is_no_program_of_ours(place):
    (place.run / "sleeper.pid").write_text(f'{{"pid": {os.getpid()}, "born": 1.0, "signal": 15, "grace": 1}}')
    assert not programs.is_running(place, "sleeper")
    assert not programs.stop(place, "sleeper")


def test_a_program_that_ends_at_once_is_reported_with_its_log(place):
    programs.start(place, sleeper(place, code="raise SystemExit('no such thing')"))
    with pytest.raises(programs.NotReady, match=r"ended while starting; read .*sleeper\.log:\n    no such thing"):
        programs.wait_until(place, "sleeper", lambda: False, 10)


def test_a_program_that_is_never_ready_is_reported_after_a_bounded_wait(place):
    programs.start(place, sleeper(place))
    try:
        with pytest.raises(programs.NotReady, match=r"not ready after 0\.2 s; read "):
            programs.wait_until(place, "sleeper", lambda: False, 0.2)
    finally:
        programs.stop(place, "sleeper")


def test_a_docker_client_without_an_engine_is_no_engine(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", docker_that(tmp_path, "echo 'Cannot connect' >&2; exit 1"))
    assert engine.is_installed()
    assert not engine.answers()
    assert not engine.composes()


def test_no_docker_at_all_is_no_engine(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not engine.is_installed()
    assert not engine.answers()


def test_an_engine_with_compose_is_taken_and_gets_ports_of_this_checkout(place, progress, tmp_path, monkeypatch):
    calls = tmp_path / "calls"
    script = f'echo "$COLOMBA_AMQP_PORT $@" >> {calls}; echo 29.0'
    monkeypatch.setenv("PATH", docker_that(tmp_path, script))
    for name in (*nodes.AMQP_NAMES, *nodes.POSTGRES_NAMES):
        monkeypatch.delenv(name, raising=False)
    found = nodes.start(place, progress)
    port = state.port(place, "compose.amqp")
    project = f"--project-name colomba-{place.mark}"
    assert f"{port} compose {project} up --detach --wait rabbitmq postgres" in calls.read_text()
    assert found.amqp_url.endswith(f"@127.0.0.1:{port}/")
    assert found.started == {"compose"}
    nodes.stop(place, delete=True)
    assert f"{port} compose {project} down --volumes" in calls.read_text()


def test_a_port_that_a_stranger_took_while_the_containers_were_away_is_given_up(place, progress, tmp_path, monkeypatch):
    calls = tmp_path / "calls"
    script = f'echo "$COLOMBA_POSTGRES_PORT $@" >> {calls}; test "$4" = ps || echo 29.0'
    monkeypatch.setenv("PATH", docker_that(tmp_path, script))
    remembered = state.port(place, "compose.postgres")
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", remembered))
        stranger.listen()
        compose.start(place, progress)
        chosen = state.port(place, "compose.postgres")
    assert chosen != remembered
    assert f"{chosen} compose --project-name colomba-{place.mark} up" in calls.read_text()


def test_status_tells_of_nodes_in_containers(place, tmp_path, monkeypatch):
    script = 'case "$*" in *--services*) echo rabbitmq;; *) echo 29.0;; esac'
    monkeypatch.setenv("PATH", docker_that(tmp_path, script))
    assert nodes.contained(place) == frozenset()
    state.port(place, "compose.amqp")
    assert nodes.contained(place) == {"rabbitmq"}


def test_containers_that_run_keep_their_ports(place, progress, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", docker_that(tmp_path, "echo 29.0"))
    remembered = state.port(place, "compose.postgres")
    with socket.socket() as ours:
        ours.bind(("127.0.0.1", remembered))
        ours.listen()
        compose.start(place, progress)
        assert compose.postgres_dsn(place).endswith(f"@127.0.0.1:{remembered}/colomba")


def test_what_compose_says_when_it_fails_is_passed_on(place, progress, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", docker_that(tmp_path, "echo 'no such image' >&2; exit 1"))
    with pytest.raises(programs.NotReady, match="docker compose ps failed:\nno such image"):
        compose.start(place, progress)


def test_a_compose_that_never_ends_is_not_waited_for_without_end(place, progress, tmp_path, monkeypatch):
    monkeypatch.setattr(compose, "SECONDS", 0.2)
    monkeypatch.setenv("PATH", f"{docker_that(tmp_path, 'exec sleep 60')}:{os.environ['PATH']}")
    with pytest.raises(programs.NotReady, match="did not end"):
        compose.start(place, progress)


def test_given_urls_are_used_and_nothing_is_started(place, progress, monkeypatch):
    monkeypatch.setenv("AMQP_URL", "amqp://somewhere/")
    monkeypatch.setenv("SENDER_POSTGRES_DSN", "postgresql://elsewhere/db")
    found = nodes.start(place, progress)
    assert (found.amqp_url, found.postgres_dsn) == ("amqp://somewhere/", "postgresql://elsewhere/db")
    assert found.started == frozenset()


def test_without_root_a_missing_rabbitmq_is_one_clear_sentence(progress, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(install.CannotHave, match="sudo apt-get install rabbitmq-server"):
        install.rabbitmq(progress, lambda: None)


def test_as_root_rabbitmq_is_installed_with_its_service_kept_off(progress, tmp_path, monkeypatch):
    policy, server = tmp_path / "policy-rc.d", tmp_path / "rabbitmq-server"
    policy.write_text("what stood there")
    apt = tmp_path / "apt-get"
    apt.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n{policy}; echo $? >> {tmp_path}/policy-said\n: > {server}\n'
    )
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(install, "POLICY", policy)
    monkeypatch.setattr(install, "KEPT", tmp_path / "kept")
    assert install.rabbitmq(progress, lambda: server if server.exists() else None) == server
    assert "install -y --no-install-recommends rabbitmq-server" in (tmp_path / "calls").read_text()
    assert (tmp_path / "policy-said").read_text().split() == ["101", "101"]
    assert policy.read_text() == "what stood there"


def test_a_folder_nobody_may_enter_is_not_reachable(tmp_path):
    closed = tmp_path / "closed" / "inner"
    closed.mkdir(parents=True)
    closed.parent.chmod(0o700)
    assert not accounts.reachable(closed)
    assert accounts.reachable(Path("/usr/bin/env"))


def test_an_unknown_command_says_how_to_call_it(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["dance"])
    assert "choose from" in capsys.readouterr().err
