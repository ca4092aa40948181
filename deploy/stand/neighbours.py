"""A broker and a database by their addresses: what a stand needs to use them, whoever they belong to."""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit


class NotOurs(Exception):
    """A neighbour that was given to the stand is to be killed or frozen; only what the stand started may be."""


@dataclass(frozen=True, slots=True)
class GivenDatabase:
    """A Postgres server that others started."""

    dsn: str

    def database(self, name: str) -> str:
        """The DSN of one database of this server."""
        return urlsplit(self.dsn)._replace(path=f"/{name}").geturl()


@dataclass(frozen=True, slots=True)
class GivenBroker:
    """A RabbitMQ that others started."""

    url: str


def address(url: str) -> tuple[str, int]:
    """Host and port of a neighbour's URL."""
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or (5672 if parts.scheme.startswith("amqp") else 5432)


def through(url: str, port: int) -> str:
    """The same neighbour by way of a port of this machine; user and path stay."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{_user(parts)}127.0.0.1:{port}").geturl()


def _user(parts: SplitResult) -> str:
    return f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
