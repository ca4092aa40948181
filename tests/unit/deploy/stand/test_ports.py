"""Ports of a stand are nobody else's, also while their service is down."""

import socket
import subprocess
import sys

import pytest

from deploy.stand import ports


def test_ports_are_all_different_and_free() -> None:
    found = ports.free(50)
    assert len(set(found)) == 50
    for port in found:
        socket.create_server(("", port)).close()


def test_no_outgoing_connection_can_take_one() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with listener, socket.create_connection(listener.getsockname()) as outgoing:
        taken = outgoing.getsockname()[1]
    assert taken in ports._ephemeral()
    assert not set(ports.free(50)) & set(ports._ephemeral())


@pytest.mark.skipif(sys.platform != "linux", reason="names without a file are Linux's")
def test_what_one_stand_was_given_no_other_is_while_it_lives() -> None:
    [given] = ports.free(1)
    asked = subprocess.run(
        [sys.executable, "-c", f"from deploy.stand import ports; print(ports._is_free({given}))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout.strip() == "False"


def test_one_that_is_taken_is_not_given(monkeypatch) -> None:
    monkeypatch.setattr(ports, "_is_ours", lambda _port: True)
    first, second = ports.free(2)
    others = range(ports.LOWEST, 65_536)
    monkeypatch.setattr(ports, "_ephemeral", lambda: _Except(others, {first, second}))
    with socket.create_server(("", first)):
        assert ports.free(1) == [second]
        with pytest.raises(OSError, match="fewer than 2 free ports"):
            ports.free(2)


class _Except:
    """A range with holes."""

    def __init__(self, whole: range, holes: set[int]) -> None:
        self.start, self.stop, self._holes = whole.start, whole.stop, holes

    def __contains__(self, port: int) -> bool:
        return port not in self._holes
