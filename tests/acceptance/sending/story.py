"""The send story under a pair of pliers: workers that are killed at any point, answers that get lost."""

import asyncio
import hashlib
import json
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from aiohttp import web

from sender_service.cloud_api.client import CloudApi, open_session
from sender_service.inbound.handler import InboundHandler
from sender_service.sending.accept import Accept, Accepted
from sender_service.sending.dispatch import Dispatcher, Sending
from sender_service.store.database import Connection, Pool, open_pool, retrying
from shared.contracts.send_message import SendMessage
from shared.contracts.webhook import RawWebhook
from shared.messaging.delivery import Delivery
from tests.builders import PHONE_NUMBER_ID
from tests.fakes import cloud_api
from tests.fakes.cloud_api import FakeCloudApi, accepted, error
from tests.integration.store.sending import grounds

ECHO_WINDOW = timedelta(minutes=15)
_TIME_PASSES = (
    "update colomba.send_queue set sending_since = sending_since - make_interval(secs => $1)",
    "update colomba.send_queue set due_at = due_at - make_interval(secs => $1)",
    "update colomba.unknown_sends set echo_until = echo_until - make_interval(secs => $1)",
    "update colomba.phone_numbers set held_until = held_until - make_interval(secs => $1)",
)


@dataclass(slots=True)
class Ledger:
    """What Meta processed, by attempt id; kept at Meta's side of the wire."""

    processed: Counter[str] = field(default_factory=Counter)
    wamids: dict[str, str] = field(default_factory=dict)
    moods: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        mood = self.moods.pop(0) if self.moods else "accept"
        if mood.startswith("refuse"):
            return error(int(mood.removeprefix("refuse ")))
        if mood == "cut before":
            return _cut(request)
        attempt = str(body["biz_opaque_callback_data"])
        self.processed[attempt] += 1
        self.wamids[attempt] = f"wamid.{attempt}"
        if mood == "cut after":
            return _cut(request)
        if mood == "page":
            return web.Response(status=502, text="<html>bad gateway</html>")
        return accepted(body, self.processed[attempt])


def _cut(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


class Story:
    """One database, one Meta, at most one worker at a time; time is moved by moving the rows."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._open = AsyncExitStack()
        self._worker: asyncio.Task[None] | None = None
        self._dispatcher: Dispatcher | None = None
        self._session = AsyncExitStack()
        self._names = 0
        self.pool: Pool
        self.meta: FakeCloudApi
        self.ledger = Ledger()
        self.accepted: dict[int, SendMessage] = {}
        self.installation = ""

    async def open(self) -> None:
        self.pool = await self._open.enter_async_context(open_pool(self._dsn))
        self.meta = await self._open.enter_async_context(cloud_api.running())
        self.meta.judge = self.ledger.answer
        await self.pool.execute("truncate colomba.organizations, colomba.send_queue, colomba.unknown_sends,"
            " colomba.number_leases, colomba.workers, colomba.message_log, colomba.command_keys, colomba.wamids,"
            " colomba.outbox, colomba.contacts, colomba.conversations, colomba.message_status_events,"
            " colomba.message_attempts restart identity cascade")  # fmt: skip
        await grounds.organization(self.pool, throughput=1000)
        self.installation = str(await self.pool.fetchval("select token from colomba.installation"))

    async def close(self) -> None:
        await self.kill()
        await self._open.aclose()

    async def accept(self, commands: list[SendMessage]) -> None:
        worker: dict[str, Any] = {}
        if self._dispatcher is not None:
            worker = {"hand_over": self._dispatcher.hand_over, "straight": self._dispatcher.straight}
        results = await Accept(self.pool, lambda *_: None, **worker)(commands)
        for command, result in zip(commands, results, strict=True):
            assert isinstance(result, Accepted)
            self.accepted[result.message_id] = command

    async def start(self) -> None:
        """A worker process begins; the one before it may have left anything behind."""
        if self._worker is not None:
            return
        session = await self._session.enter_async_context(open_session())
        self._names += 1
        self._dispatcher = Dispatcher(
            Sending(
                pool=self.pool,
                relay=lambda *_: None,
                cloud_api=CloudApi(session, self.meta.url, "v25.0"),
                worker=f"worker-{self._names}",
                token_of=lambda _: "token",
                echo_window=ECHO_WINDOW,
            )
        )
        self._worker = asyncio.create_task(self._dispatcher.run(asyncio.Event()))

    async def kill(self) -> None:
        """As kill -9: whatever was between two awaits ends there, nothing is given back, and the lease runs out."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait([self._worker])
        self._worker = self._dispatcher = None
        await self._session.aclose()
        await self.pool.execute("update colomba.number_leases set expires_at = to_timestamp(0)")
        await self.pool.execute("delete from colomba.workers")

    async def steps(self, count: int) -> None:
        """Let everything go on for so many turns of the event loop."""
        for _ in range(count):
            await asyncio.sleep(0)
        if self._worker is not None and self._worker.done():
            self._worker.result()

    async def pass_time(self, seconds: float) -> None:
        for statement in _TIME_PASSES:
            await retrying(self.pool, partial(_execute, statement, seconds))

    async def echo(self) -> None:
        """Meta's status webhooks about everything it processed, again and again."""
        statuses = [
            {"id": wamid, "status": "delivered", "timestamp": str(int(time.time())), "recipient_id": "1",
             "biz_opaque_callback_data": attempt}
            for attempt, wamid in self.ledger.wamids.items()
        ]  # fmt: skip
        if not statuses:
            return
        value = {"metadata": {"phone_number_id": PHONE_NUMBER_ID}, "statuses": statuses}
        change = {
            "object": "whatsapp_business_account",
            "entry": [{"changes": [{"field": "messages", "value": value}]}],
        }
        body = json.dumps(change).encode()
        webhook = RawWebhook(datetime.now(UTC), "", hashlib.sha256(body).hexdigest(), None, body)
        handler = InboundHandler(self.pool, lambda *_: None, self.installation, lambda _: None)
        refused = await handler([Delivery(body, headers=webhook.headers(), message_id=str(time.time_ns()))])
        assert list(refused) == []

    async def statuses(self) -> dict[int, str]:
        rows = await self.pool.fetch(
            "select log.id, coalesce(queue.state, log.status) as status from colomba.message_log log"
            " left join colomba.send_queue queue on queue.message_id = log.id"
        )
        return {row["id"]: row["status"] for row in rows}

    async def is_quiet(self) -> bool:
        """Nothing waits, nothing is under way, nothing in doubt waits for its window."""
        return not await self.pool.fetchval(
            "select (select count(*) from colomba.send_queue)"
            " + (select count(*) from colomba.unknown_sends where announced_at is null)"
        )

    def attempts_of(self, message_id: int) -> list[int]:
        """The attempts Meta processed of a message."""
        return sorted(
            int(attempt) for token, message, attempt in (name.split(".") for name in self.ledger.processed)
            if int(message) == message_id and token == self.installation
        )  # fmt: skip


async def _execute(statement: str, seconds: float, conn: Connection) -> None:
    await conn.execute(statement, seconds)
