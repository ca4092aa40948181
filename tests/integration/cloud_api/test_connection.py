"""Answers as servers and load balancers really give them: in pieces, chunked, to the connection's end, too many."""

import asyncio
import gc
import ipaddress
import ssl
import weakref
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from sender_service.cloud_api import client, connections
from sender_service.cloud_api.client import CloudApi, open_session
from sender_service.cloud_api.connection import Connection
from sender_service.cloud_api.wire import Accepted, Doubtful, NotSent

JSON = b'{"messages":[{"id":"wamid.1"}]}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\n"
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n" % len(JSON) + JSON
CHUNKS = b"5\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (JSON[:5], len(JSON[5:]), JSON[5:])
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS
TO_THE_END = HEAD + b"Connection: close\r\n\r\n" + JSON
CONTINUED = b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE


class Server:
    """Answers each request with these bytes, and counts connections and requests."""

    def __init__(self, answer: bytes, *, closes: bool = False):
        self.answer, self.closes = answer, closes
        self.heads: list[bytes] = []
        self.connections = 0
        self.url = ""
        self.closed = asyncio.Event()
        self.handlers: list[asyncio.Task[None] | None] = []

    async def serve(self, reader, writer):
        self.connections += 1
        self.handlers.append(asyncio.current_task())
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(head.rpartition(b"Content-Length: ")[2]))
                self.heads.append(head)
                writer.write(self.answer)
                await writer.drain()
                if self.closes:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()
        self.closed.set()


@asynccontextmanager
async def serving(server: Server, *, tls: ssl.SSLContext | None = None):
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    async with listening:
        yield server
        await asyncio.gather(*filter(None, server.handlers))


async def sent(api: CloudApi, token: str = "token", gate=None):
    async def let_through(begin):
        return begin()

    return await api.send("106", token, {"to": "+1"}, gate=gate or let_through)


@pytest.mark.parametrize("answer", [WHOLE, CHUNKED, CONTINUED], ids=["whole", "chunked", "continued"])
async def test_requests_go_over_one_connection_as_long_as_it_is_kept_alive(answer):
    async with serving(Server(answer)) as server, open_session() as session:
        api = CloudApi(session, server.url, "v25.0")
        assert [type(await sent(api)) for _ in range(3)] == [Accepted] * 3
        assert (server.connections, len(server.heads)) == (1, 3)


async def test_an_answer_may_end_with_its_connection():
    async with serving(Server(TO_THE_END, closes=True)) as server, open_session() as session:
        api = CloudApi(session, server.url, "v25.0")
        assert [type(await sent(api)) for _ in range(2)] == [Accepted] * 2
        assert server.connections == 2


async def test_a_connection_that_was_closed_while_nobody_used_it_is_not_used():
    async with serving(Server(WHOLE, closes=True)) as server, open_session() as session:
        api = CloudApi(session, server.url, "v25.0")
        await sent(api)
        await server.closed.wait()
        await asyncio.gather(*(sent(api) for _ in range(2)))
        assert isinstance(await sent(api), Accepted)


async def test_a_connection_that_was_idle_too_long_is_closed(monkeypatch):
    monkeypatch.setattr(connections, "KEEP_ALIVE_SECONDS", -1.0)
    async with serving(Server(WHOLE)) as server, open_session() as session:
        await sent(CloudApi(session, server.url, "v25.0"))
        await server.closed.wait()


async def test_a_connection_that_became_too_old_while_nobody_sent_is_not_used(monkeypatch):
    async with serving(Server(WHOLE)) as server, open_session() as session:
        api = CloudApi(session, server.url, "v25.0")
        await sent(api)
        monkeypatch.setattr(connections, "KEEP_ALIVE_SECONDS", -1.0)
        assert isinstance(await sent(api), Accepted)
        assert server.connections == 2


async def test_a_connection_whose_answer_nobody_waited_for_is_not_used_again(monkeypatch):
    async with serving(Server(b"")) as server, open_session() as session:
        api = CloudApi(session, server.url, "v25.0")
        monkeypatch.setattr(client, "CALL_SECONDS", 0.2)
        assert isinstance(await sent(api), Doubtful)
        monkeypatch.undo()
        server.answer = WHOLE
        assert isinstance(await sent(api), Accepted)
        assert server.connections == 2


async def test_what_nobody_asked_for_ends_the_connection():
    async with serving(Server(WHOLE + WHOLE)) as server, open_session() as session:
        api = CloudApi(session, server.url, "v25.0")
        assert isinstance(await sent(api), Accepted)
        await server.closed.wait()
        assert isinstance(await sent(api), Accepted)
        assert server.connections == 2


async def test_a_connection_that_ends_at_the_gate_is_certainly_not_sent():
    async with serving(Server(WHOLE)) as server, open_session() as session:
        api = CloudApi(session, server.url, "v25.0")

        async def gate(begin):
            session.close()
            await server.closed.wait()
            return begin()

        answer = await sent(api, gate=gate)
        assert isinstance(answer, NotSent)
        assert not answer.reason.startswith(client.UNREACHABLE)
        assert server.heads == []


async def test_a_token_adds_no_header():
    async with serving(Server(WHOLE)) as server, open_session() as session:
        await sent(CloudApi(session, server.url, "v25.0"), token="a\r\nX-Evil: è")
        assert server.heads[0].startswith(b"POST /v25.0/106/messages HTTP/1.1\r\nHost: 127.0.0.1:")
        assert b"Authorization: Bearer a??X-Evil: ?\r\n" in server.heads[0]


async def test_an_upgrade_is_no_answer():
    switch = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    async with serving(Server(switch)) as server, open_session() as session:
        assert isinstance(await sent(CloudApi(session, server.url, "v25.0")), Doubtful)


class Wire(asyncio.Transport):
    """A connection whose other side is the test."""

    def __init__(self):
        super().__init__()
        self.aborted = False

    def write(self, data):
        pass

    def is_closing(self):
        return self.aborted

    def abort(self):
        self.aborted = True


@given(st.sampled_from([WHOLE, CHUNKED, CONTINUED]), st.lists(st.integers(1, 60), max_size=40))
def test_into_whatever_pieces_an_answer_is_cut_it_is_the_same(answer, sizes):
    async def exchanged():
        connection = Connection(1000, lambda _: None)
        connection.connection_made(Wire())
        reply = connection.exchange(b"")
        rest = answer
        for size in [*sizes, len(answer)]:
            piece, rest = rest[:size], rest[size:]
            if piece:
                connection.data_received(piece)
        return await reply, connection.is_open

    reply, is_open = asyncio.run(exchanged())
    assert (reply.status, reply.content_type, reply.body, is_open) == (200, "application/json", JSON, True)


@given(st.binary(max_size=300))
def test_whatever_comes_back_has_an_end(noise):
    async def exchanged():
        connection = Connection(100, lambda _: None)
        connection.connection_made(Wire())
        reply = connection.exchange(b"")
        connection.data_received(noise)
        connection.eof_received()
        connection.connection_lost(None)
        return await asyncio.gather(reply, return_exceptions=True)

    assert len(asyncio.run(exchanged())) == 1


async def test_a_connection_that_ended_is_let_go_at_once():
    connection = Connection(100, lambda _: None)
    connection.connection_made(Wire())
    connection.connection_lost(None)
    gc.disable()
    try:
        kept = weakref.ref(connection)
        del connection
        assert kept() is None
    finally:
        gc.enable()


@pytest.fixture(scope="module")
def contexts(tmp_path_factory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's, with a certificate of its own making, and that of a client who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "meta.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    place = tmp_path_factory.mktemp("tls") / "both.pem"
    place.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(place)
    return server, ssl.create_default_context(cafile=place)


async def test_over_tls_a_known_certificate_is_asked_for(contexts):
    theirs, trusting = contexts
    async with serving(Server(WHOLE), tls=theirs) as server:
        async with open_session(trusting) as session:
            assert isinstance(await sent(CloudApi(session, server.url, "v25.0")), Accepted)
        async with open_session() as session:
            answer = await sent(CloudApi(session, server.url, "v25.0"))
        assert isinstance(answer, NotSent)
        assert answer.reason == f"{client.UNREACHABLE}: SSLCertVerificationError"
        assert len(server.heads) == 1
