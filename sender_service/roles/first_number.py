"""The single-number setup: organization, account and number of the WHATSAPP_ variables exist from the first start on."""

import structlog

from sender_service.runtime import Runtime
from sender_service.store import accounts, numbers, organizations
from sender_service.store.database import transaction

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
    if settings.access_token is None:
        log.warning("number.without_token", phone_number_id=number, variable="WHATSAPP_ACCESS_TOKEN")
