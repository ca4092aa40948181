"""The ledger says when a request came, not when the simulator got a core to read it."""

import socket
import sys
import threading
import time
from urllib.parse import urlsplit

import orjson
import pytest

from deploy.simulator.arrival import arrived
from tests.unit.deploy.simulator.conftest import NUMBER, message

HELD_UP = 0.2


def request() -> bytes:
    body = orjson.dumps(message())
    lines = (f"POST /v25.0/{NUMBER}/messages HTTP/1.1", "Host: meta", "Authorization: Bearer t")
    return "\r\n".join((*lines, f"Content-Length: {len(body)}", "", "")).encode() + body


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's tcp_info")
async def test_a_request_that_waited_for_the_simulator_stands_in_the_ledger_with_the_time_it_came(meta, client):
    parts, sent = urlsplit(meta.url), list[float]()
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        await client.ledger()

        def send() -> None:
            connection.sendall(request())
            sent.append(time.monotonic())

        sender = threading.Thread(target=send)
        sender.start()
        time.sleep(HELD_UP)  # noqa: ASYNC251 - the loop is held up on purpose
        sender.join()
        while not (entries := await client.ledger()):
            pass
    assert abs(entries[0]["monotonic"] - sent[0]) < HELD_UP / 2


class Connection:
    """Answers what the system would."""

    def __init__(self, told: bytes | OSError) -> None:
        self._told = told

    def getsockopt(self, *_: int) -> bytes:
        if isinstance(self._told, OSError):
            raise self._told
        return self._told


@pytest.mark.parametrize("connection", [None, Connection(b""), Connection(OSError("closed"))])
def test_where_the_system_does_not_tell_it_came_now(connection):
    before = time.monotonic()
    assert before <= arrived(connection) <= time.monotonic()


@pytest.mark.parametrize(("age", "counts"), [(8, False), (40, True)])
def test_an_age_of_a_tick_is_none(age, counts):
    before = time.monotonic()
    assert (arrived(Connection(bytes(52) + age.to_bytes(4, sys.byteorder))) < before) == counts
