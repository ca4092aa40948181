"""Webhooks on their way: signed, posted by a bounded pool of kept-alive connections, and again until the answer is
200, as Meta does.

Source: Meta's webhook documentation (retries at once, then with decreasing frequency for up to 7 days; 20 s time-out).
"""

import asyncio
import hmac
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from deploy.simulator.connection import Connection
from deploy.simulator.faults import WEBHOOK, Fault, Faults
from deploy.simulator.numbers import Numbers
from deploy.simulator.options import Options

_HELD_AT_MOST_S: Final = 1.0


@dataclass(slots=True, kw_only=True)
class Webhook:
    """One body to deliver. `done` is set with the last HTTP status, for who waits for it."""

    url: str
    body: bytes
    signature: bytes
    updates: int
    round: int
    since: float
    tries: int = 0
    done: asyncio.Future[int] | None = None


class Webhooks:
    """What is queued, and those who deliver it."""

    def __init__(self, options: Options, numbers: Numbers, faults: Faults) -> None:
        self._options, self._numbers, self._faults = options, numbers, faults
        self._queue: asyncio.Queue[Webhook] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []
        self._held: Webhook | None = None
        self._round = 0
        self._backlog = 0
        self.counts: Counter[str] = Counter()

    def start(self) -> None:
        self._workers = [asyncio.create_task(self._work()) for _ in range(self._options.webhook_connections)]

    async def stop(self) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def clear(self) -> None:
        """Forget what is under way: it belongs to a round that is over."""
        self._round += 1
        self._backlog = 0
        self._held = None
        self.counts.clear()

    @property
    def backlog(self) -> int:
        """Webhooks not yet answered with 200."""
        return self._backlog

    def post(self, body: bytes, *, updates: int, number: str = "", waba_id: str = "") -> None:
        """Deliver, unless a fault says otherwise."""
        webhook = self._sealed(body, updates, self.url(number, waba_id))
        fault = self._faults.draw(WEBHOOK, number=number) if self._faults.orders else None
        if fault is None:
            self._enqueue(webhook)
            self._release()
        else:
            self._damage(webhook, fault)

    async def deliver(self, body: bytes, *, updates: int, number: str = "", patience_s: float = 30.0) -> dict[str, Any]:
        """Deliver past all faults and wait for the answer; `status` is None if none was 200 in time."""
        webhook = self._sealed(body, updates, self.url(number))
        webhook.done = asyncio.get_running_loop().create_future()
        self._enqueue(webhook)
        try:
            status: int | None = await asyncio.wait_for(webhook.done, patience_s)
        except TimeoutError:
            status = None
        return {"status": status, "tries": webhook.tries}

    def url(self, number: str, waba_id: str = "") -> str:
        """A number's own callback goes before its account's, and that before the app's."""
        known = self._numbers.get(number) if number else None
        overrides = [known.webhook_configuration.get("override_callback_uri")] if known else []
        overrides.append(self._numbers.overrides.get(known.waba_id if known else waba_id))
        return next((uri for uri in overrides if uri), self._options.webhook_url)

    def _sealed(self, body: bytes, updates: int, url: str) -> Webhook:
        signature = hmac.digest(self._options.app_secret.encode(), body, "sha256").hex().encode()
        return Webhook(
            url=url, body=body, signature=signature, updates=updates, round=self._round, since=time.monotonic()
        )

    def _enqueue(self, webhook: Webhook) -> None:
        if not webhook.url:
            self.counts["without_url"] += 1
            return
        self._backlog += 1
        self.counts["posted"] += 1
        self._queue.put_nowait(webhook)

    def _damage(self, webhook: Webhook, fault: Fault) -> None:
        self.counts[fault.fault] += 1
        loop = asyncio.get_running_loop()
        match fault.fault:
            case "webhook_lost":
                self.counts["updates_lost"] += webhook.updates
            case "webhook_duplicated":
                self._enqueue(webhook)
                self._enqueue(self._sealed(webhook.body, webhook.updates, webhook.url))
            case "webhook_late":
                loop.call_later(fault.seconds, self._enqueue_if_current, webhook)
            case _:
                self._release()
                self._held = webhook
                loop.call_later(_HELD_AT_MOST_S, self._release, webhook)

    def _release(self, only: Webhook | None = None) -> None:
        """Let the held one go, behind the one that was posted after it."""
        held = self._held
        if held is not None and (only is None or only is held):
            self._held = None
            self._enqueue(held)

    def _enqueue_if_current(self, webhook: Webhook) -> None:
        if webhook.round == self._round:
            self._enqueue(webhook)

    async def _work(self) -> None:
        connections: dict[str, Connection] = {}
        try:
            while True:
                await self._take(connections)
        finally:
            for connection in connections.values():
                await connection.closed()

    async def _take(self, connections: dict[str, Connection]) -> None:
        webhook = await self._queue.get()
        if webhook.round != self._round:
            return
        connection = connections.get(webhook.url)
        if connection is None:
            connection = connections[webhook.url] = Connection(webhook.url)
        await self._try(webhook, connection)

    async def _try(self, webhook: Webhook, connection: Connection) -> None:
        webhook.tries += 1
        try:
            status = await connection.post(webhook.body, webhook.signature, patience_s=self._options.webhook_timeout_s)
        except (OSError, EOFError, TimeoutError) as error:
            self.counts[f"failed_{type(error).__name__}"] += 1
            status = 0
        if webhook.round == self._round:
            self._settle(webhook, status)

    def _settle(self, webhook: Webhook, status: int) -> None:
        self.counts[f"answered_{status}"] += 1 if status else 0
        age = time.monotonic() - webhook.since
        if status != 200 and age < self._options.retry_for_s:
            pause = (
                min(self._options.retry_max_s, self._options.retry_first_s * 2 ** min(webhook.tries - 2, 20))
                if webhook.tries > 1
                else 0.0
            )
            asyncio.get_running_loop().call_later(pause, self._queue.put_nowait, webhook)
            return
        self._backlog -= 1
        self.counts["delivered" if status == 200 else "given_up"] += 1
        self.counts["updates_delivered"] += webhook.updates if status == 200 else 0
        if webhook.done is not None and not webhook.done.done():
            webhook.done.set_result(status)
