"""Everything a process has open, opened in order and closed in reverse by one context manager.

Opening touches no neighbour: the pool connects at its first use and the publisher in the background, so that a process
started before its broker or database answers /livez at once and waits for them.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from sender_service.cloud_api.client import CloudApi, open_session
from sender_service.cloud_api.graph import Graph, open_graph
from sender_service.media_store import MediaStore
from sender_service.outbound_events import EventRelay
from sender_service.sending.accept import Accept
from sender_service.settings import Settings
from sender_service.store.database import Pool, open_pool
from sender_service.store.tenancy import open_readers
from sender_service.totals import Totals
from sender_service.vault import EnvironmentToken, Tokens, Vault
from shared.messaging.publisher import Publisher

WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Runtime:
    """What is open; `stopping` is set when the process is asked to end."""

    settings: Settings
    process: str
    stopping: asyncio.Event
    tokens: Tokens
    pool: Pool
    readers: Pool
    publisher: Publisher
    cloud_api: CloudApi
    graph: Graph
    files: MediaStore
    relay: EventRelay
    accept: Accept
    totals: Totals = field(default_factory=Totals)

    @property
    def amqp_url(self) -> str:
        return self.settings.amqp_url.get_secret_value()


@asynccontextmanager
async def open_runtime(settings: Settings, role: str) -> AsyncIterator[Runtime]:
    """Open everything a role needs. Raise `KeyUnusable` for unusable encryption keys before anything is open."""
    tokens = tokens_of(settings)
    process = process_name(role)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            open_pool(
                settings.postgres_dsn.get_secret_value(),
                max_size=settings.postgres_pool,
                name=f"colomba {role}",
                is_repetitive=role == WORKER,
            )
        )
        readers = await stack.enter_async_context(
            open_readers(
                settings.postgres_dsn.get_secret_value(), max_size=settings.postgres_pool, name=f"colomba {role} reader"
            )
        )
        publisher = await stack.enter_async_context(
            Publisher(settings.amqp_url.get_secret_value(), f"colomba {role} publisher")
        )
        session = await stack.enter_async_context(open_session())
        graph = await stack.enter_async_context(open_graph(settings.graph_url, settings.graph_version))
        relay = EventRelay(pool, publisher)
        yield Runtime(
            settings=settings,
            process=process,
            stopping=asyncio.Event(),
            tokens=tokens,
            pool=pool,
            readers=readers,
            publisher=publisher,
            cloud_api=CloudApi(session, settings.graph_url, settings.graph_version),
            graph=graph,
            files=MediaStore(settings.media_url),
            relay=relay,
            accept=Accept(pool, relay, country=settings.default_country_code),
        )


def tokens_of(settings: Settings) -> Tokens:
    """Where every number's token comes from: the vault, else the environment's for the single-number setup."""
    number, account, token = settings.phone_number_id, settings.business_account_id, settings.access_token
    vault = Vault.from_keys(settings.encryption_key_list)
    if number is None or account is None or token is None:
        return Tokens(vault)
    return Tokens(vault, EnvironmentToken(number, account, token.get_secret_value()))


def process_name(role: str) -> str:
    """A name no other process has, for leases and logs: host, process id and some random digits."""
    return f"{role}@{socket.gethostname()}.{os.getpid()}.{os.urandom(3).hex()}"
