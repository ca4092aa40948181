"""Ports of a stand are nobody else's, also while their service is down."""

import socket

import pytest

from deploy.stand import ports


def test_ports_are_all_different_and_free() -> None:
    found = ports.free(50)
    assert len(set(found)) == 50
    for port in found:
        socket.create_server(("", port)).close()


def test_no_outgoing_connection_can_take_one() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as outgoing,
    ):
        assert all(port < ports._first_ephemeral() <= outgoing.getsockname()[1] for port in ports.free(50))


def test_one_that_is_taken_is_not_given(monkeypatch) -> None:
    monkeypatch.setattr(ports, "_first_ephemeral", lambda: 0)
    monkeypatch.setattr(ports, "_is_free", lambda port: port == 12_345)
    assert ports.free(1) == [12_345]
    with pytest.raises(OSError, match="fewer than 2 free ports"):
        ports.free(2)
