"""The worker: webhooks and send commands from the broker, the sends themselves, and media."""

import asyncio
from collections.abc import Mapping
from functools import partial

from sender_service.errors import TokenUnreadable, VaultClosed
from sender_service.inbound.handler import InboundHandler, MarkRead, Wake
from sender_service.inbound.media import MediaJob
from sender_service.inbound.parked import keep_matching
from sender_service.roles.first_number import complete_first_number, ensure_first_number
from sender_service.roles.mark_read import MarkingRead
from sender_service.roles.reachable import installation_token
from sender_service.runtime import Runtime
from sender_service.sending.accept import Accept
from sender_service.sending.dispatch import Dispatcher, Sending
from sender_service.sending.handler import CommandHandler
from sender_service.store.senders import State
from sender_service.vault import Tokens
from shared.lifecycle import Role, RoleFailed
from shared.logging import get_logger
from shared.messaging.consumer import BatchHandler, Consumer
from shared.messaging.topology import SEND_BULK, SEND_PRIORITY, SENDER_WEBHOOKS

# A batch of any size takes a dozen statements: under dense traffic what nobody waits for is collected longer, while the
# batch before it is handled.
WEBHOOK_LINGER_SECONDS = 0.12
BULK_LINGER_SECONDS = 0.2
PRIORITY_LINGER_SECONDS = 0.005
COMMANDS_AT_ONCE = 500
COMMANDS_AHEAD = 2000

log = get_logger(__name__)


def worker_roles(runtime: Runtime) -> Mapping[str, Role]:
    """One role that begins when the database is there."""

    async def worker(stopping: asyncio.Event) -> None:
        token = await installation_token(runtime.pool, stopping)
        if token is None:
            return
        await ensure_first_number(runtime)
        await _together(_parts(runtime, token), stopping)

    return {"worker": worker}


def _parts(runtime: Runtime, installation: str) -> Mapping[str, Role]:
    """The named tasks of a worker, made of the stories."""
    dispatcher = Dispatcher(
        Sending(
            pool=runtime.pool,
            relay=runtime.relay,
            cloud_api=runtime.cloud_api,
            worker=runtime.process,
            token_of=partial(_token, runtime.tokens),
            echo_window=runtime.settings.echo_window,
        )
    )
    country = runtime.settings.default_country_code
    accept = Accept(
        runtime.pool, runtime.relay, country=country, hand_over=dispatcher.hand_over, straight=dispatcher.straight
    )
    return {
        "dispatch": dispatcher.run,
        "first number": partial(complete_first_number, runtime),
        "webhooks": Consumer(
            runtime.amqp_url,
            SENDER_WEBHOOKS,
            _webhooks(runtime, installation, accept, dispatcher.wake),
            runtime.publisher,
            linger=WEBHOOK_LINGER_SECONDS,
        ).run,
        "commands.priority": _commands(runtime, SEND_PRIORITY, accept, linger=PRIORITY_LINGER_SECONDS),
        "commands.bulk": _commands(runtime, SEND_BULK, accept, linger=BULK_LINGER_SECONDS),
        "media": MediaJob(runtime.pool, runtime.graph, runtime.tokens, runtime.files).run,
        "parked": partial(_parked, runtime, installation, dispatcher.wake),
    }


def _webhooks(runtime: Runtime, installation: str, accept: Accept, wake: Wake) -> BatchHandler:
    """The handler of webhooks; with SENDER_AUTO_MARK_READ it also tells Meta that they were read."""

    def make(mark_read: MarkRead | None) -> InboundHandler:
        return InboundHandler(runtime.pool, runtime.relay, installation, wake, mark_read)

    return MarkingRead(accept, make) if runtime.settings.auto_mark_read else make(None)


async def _parked(runtime: Runtime, installation: str, wake: Wake, stopping: asyncio.Event) -> None:
    await keep_matching(runtime.pool, runtime.relay, installation, stopping=stopping, wake=wake)


def _token(tokens: Tokens, state: State) -> str | None:
    """One tenant's unreadable token stops that tenant's number, not the worker."""
    try:
        return tokens.of(business_account_id=state.business_account_id, encrypted=(state.token,))
    except (TokenUnreadable, VaultClosed) as error:
        log.error("token.unreadable", phone_number_id=state.id, reason=str(error))
        return None


def _commands(runtime: Runtime, queue: str, accept: Accept, *, linger: float) -> Role:
    handler = CommandHandler(accept)
    return Consumer(
        runtime.amqp_url,
        queue,
        handler,
        runtime.publisher,
        prepare=handler.prepare,
        prefetch=COMMANDS_AHEAD,
        batch_size=COMMANDS_AT_ONCE,
        linger=linger,
    ).run


async def _together(parts: Mapping[str, Role], stopping: asyncio.Event) -> None:
    """Run the parts side by side; the first failure cancels the others and is raised."""
    async with asyncio.TaskGroup() as group:
        for name, part in parts.items():
            group.create_task(_run(name, part, stopping), name=name)


async def _run(name: str, part: Role, stopping: asyncio.Event) -> None:
    """Run one part; raises `RoleFailed` when it was cancelled and nobody asked, which a group would not notice."""
    try:
        await part(stopping)
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise RoleFailed(f"{name} was cancelled though nobody asked") from error
