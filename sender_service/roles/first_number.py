"""The single-number setup: what the WHATSAPP_ variables name exists from the first start on."""

import asyncio

import structlog

from sender_service.cloud_api.graph import GraphAway, GraphRefused
from sender_service.number_check import NumberCheck, refused_in_words
from sender_service.runtime import Runtime
from sender_service.store import accounts, numbers, organizations
from sender_service.store.database import acquired, transaction

ORGANIZATION = "default"
log = structlog.get_logger(__name__)


async def ensure_first_number(runtime: Runtime) -> None:
    """Nothing when the variables are not given. The token stays in the environment."""
    settings = runtime.settings
    number, account = settings.phone_number_id, settings.business_account_id
    if number is None or account is None:
        return
    async with transaction(runtime.pool) as conn:
        owner = await numbers.owner(conn, number)
        if owner is None:
            owner, _ = await organizations.create(conn, ORGANIZATION)
            await accounts.ensure(conn, owner, account)
            await numbers.ensure(conn, owner, number, account_id=account)
            log.info("number.added", organization_id=owner, phone_number_id=number)


async def complete_first_number(runtime: Runtime, _stopping: asyncio.Event) -> None:
    """Ask Meta for the number itself, which no variable names; without an answer it is asked at the next start."""
    number = runtime.settings.phone_number_id
    if number is None:
        return
    async with acquired(runtime.pool) as conn:
        owner = await numbers.owner(conn, number)
    if owner is None:
        return
    if runtime.settings.access_token is None:
        log.warning("number.without_token", phone_number_id=number, variable="WHATSAPP_ACCESS_TOKEN")
        return
    check = NumberCheck(runtime.pool, runtime.graph, runtime.tokens)
    try:
        await check.refresh(owner, number, runtime.settings.access_token.get_secret_value())
    except (GraphRefused, GraphAway) as error:
        log.warning("number.not_read", phone_number_id=number, reason=refused_in_words(error))
