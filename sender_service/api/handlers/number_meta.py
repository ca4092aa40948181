"""Numbers at Meta: the test of connectivity, the subscription to webhooks, the business profile."""

from dataclasses import asdict
from typing import Any

from sender_service.api.meta import told
from sender_service.api.problems import Problem, not_found
from sender_service.api.route import Call, Nothing
from sender_service.api.shapes.numbers import Subscription
from sender_service.cloud_api import numbers as remote
from sender_service.number_check import NumberCheck
from sender_service.store import audit, numbers
from sender_service.store.tenancy import acting


async def test(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """What is right and what is wrong with a number, in plain words."""
    await _known(call)
    findings = await _check(call).findings(call.organization_id, call.path["id"])
    return {"ok": all(finding.ok for finding in findings), "findings": [asdict(finding) for finding in findings]}


async def subscribe(call: Call[Nothing, Subscription]) -> dict[str, Any]:
    """Have the webhooks of the number's account sent to the token's app."""
    await _known(call)
    account, token = await _credentials(call)
    with told():
        await remote.subscribe(
            call.runtime.graph, account, token, callback=call.body.callback_url, verify_token=call.body.verify_token
        )
        apps = await remote.subscriptions(call.runtime.graph, account, token)
    async with acting(call.runtime.pool, call.organization_id) as conn:
        facts = {"business_account_id": account, "callback_url": call.body.callback_url}
        await audit.record(conn, call.actor, "number.subscribed", f"number:{call.path['id']}", **facts)
    return {"business_account_id": account, "apps": len(apps)}


async def profile(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """The business profile that customers see."""
    await _known(call)
    _, token = await _credentials(call)
    with told():
        return await remote.profile(call.runtime.graph, call.path["id"], token)


async def _known(call: Call[Any, Any]) -> None:
    async with acting(call.runtime.pool, call.organization_id) as conn:
        if await numbers.credentials(conn, call.organization_id, call.path["id"]) is None:
            raise not_found("number")


async def _credentials(call: Call[Any, Any]) -> tuple[str, str]:
    account, token, finding = await _check(call).token(call.organization_id, call.path["id"])
    if token is None:
        raise Problem("CONFLICT", finding.sentence)
    return account, token


def _check(call: Call[Any, Any]) -> NumberCheck:
    runtime = call.runtime
    return NumberCheck(runtime.pool, runtime.graph, runtime.tokens)
