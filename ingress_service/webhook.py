"""The one story of this service: bytes that are signed become a message the broker has confirmed."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from ingress_service import signature
from ingress_service.errors import BODY_INVALID, BROKER_AWAY, SIGNATURE_INVALID, VERIFICATION_FAILED, Refused
from ingress_service.lenient import is_json_object
from shared.clock import Clock, now
from shared.contracts.webhook import CONTENT_TYPE, RawWebhook, routing_key
from shared.messaging.errors import PublishFailed
from shared.messaging.publisher import Outgoing, Publisher
from shared.messaging.topology import WEBHOOKS

# Above this the body is judged in a thread: the event loop serves others meanwhile.
LARGE_BODY: Final = 262_144


@dataclass(frozen=True, slots=True)
class App:
    """A Meta app that posts webhooks here: its name in the path, its secrets, the token it verifies with."""

    name: str
    secrets: tuple[bytes, ...]
    verify_token: str


@dataclass(frozen=True, slots=True)
class WebhookStory:
    """Verifies, judges and publishes webhooks."""

    publisher: Publisher
    now: Clock = now

    async def take(self, app: App, claim: bytes, body: bytes, traceparent: str) -> str:
        """Take one webhook; gives its message id once the broker has confirmed it, else raises `Refused`."""
        if not signature.is_signed(body, claim, app.secrets):
            raise Refused(SIGNATURE_INVALID)
        if not await _is_object(body):
            raise Refused(BODY_INVALID)
        message_id = uuid4().hex
        webhook = RawWebhook(self.now(), app.name, hashlib.sha256(body).hexdigest(), traceparent, body)
        outgoing = Outgoing(WEBHOOKS, routing_key(app.name), body, CONTENT_TYPE, webhook.headers(), message_id)
        try:
            await self.publisher.publish(outgoing)
        except PublishFailed as error:
            raise Refused(BROKER_AWAY) from error
        return message_id


async def _is_object(body: bytes) -> bool:
    if len(body) > LARGE_BODY:
        return await asyncio.to_thread(is_json_object, body)
    return is_json_object(body)


def challenge(app: App, mode: str, tokens: Sequence[str], answer: str) -> str:
    """Answer Meta's verification of the callback address; raises `Refused` unless the one token matches."""
    if mode != "subscribe" or len(tokens) != 1 or not signature.is_token(tokens[0], app.verify_token):
        raise Refused(VERIFICATION_FAILED)
    return answer
