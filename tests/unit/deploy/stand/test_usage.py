"""What /proc tells of processes is counted right."""

import socket
from contextlib import ExitStack

from deploy.stand import usage


def test_the_open_connections_to_a_port_are_its_clients() -> None:
    with ExitStack() as opened:
        listener = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = listener.getsockname()[1]
        before = usage.clients(port)
        clients = [opened.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(3)]
        for _ in clients:
            opened.enter_context(listener.accept()[0])
        during = usage.clients(port)
        clients[0].close()

        assert (before, during, usage.clients(port)) == (0, 3, 2)
