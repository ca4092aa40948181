"""Numbers and business accounts at Meta: what they are, health, profile, registration, and the subscription to
webhooks.

Sources: developers.facebook.com/documentation/business-messaging/whatsapp, business-phone-numbers/phone-numbers and
support/health-status.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sender_service.cloud_api.graph import Graph

STANDARD_THROUGHPUT: Final = 80
HIGH_THROUGHPUT: Final = 1000
COEXISTENCE_THROUGHPUT: Final = 20

_NUMBER_FIELDS: Final = (
    "id,display_phone_number,verified_name,quality_rating,status,name_status,throughput,is_on_biz_app,"
    "whatsapp_business_manager_messaging_limit,health_status"
)
_ACCOUNT_FIELDS: Final = "id,name,account_review_status,whatsapp_business_manager_messaging_limit,health_status"
_PROFILE_FIELDS: Final = "about,address,description,email,profile_picture_url,websites,vertical"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFacts:
    """What Meta says about a number. `health` is AVAILABLE, LIMITED or BLOCKED with Meta's reasons; `raw` the whole
    answer.
    """

    id: str
    digits: str
    display_phone_number: str
    verified_name: str | None
    quality: str | None
    status: str | None
    throughput: int
    messaging_limit: str | None
    health: str | None
    reasons: tuple[str, ...]
    raw: Mapping[str, Any]


async def listed(graph: Graph, waba_id: str, token: str) -> list[NumberFacts]:
    """The numbers of an account (at most 100 of them: Meta's default allows two, verified businesses twenty)."""
    answer = await graph.get(f"{waba_id}/phone_numbers", token, fields=_NUMBER_FIELDS, limit="100")
    return [number_facts(raw) for raw in answer.get("data") or ()]


async def read(graph: Graph, phone_number_id: str, token: str) -> NumberFacts:
    """One number."""
    return number_facts(await graph.get(phone_number_id, token, fields=_NUMBER_FIELDS))


def number_facts(raw: Mapping[str, Any]) -> NumberFacts:
    """One number of Meta's answer."""
    display = str(raw.get("display_phone_number") or "")
    health, reasons = health_of(raw.get("health_status"))
    return NumberFacts(
        id=str(raw["id"]),
        digits="".join(sign for sign in display if sign.isdecimal()),
        display_phone_number=display,
        verified_name=raw.get("verified_name"),
        quality=raw.get("quality_rating"),
        status=raw.get("status"),
        throughput=throughput_of(raw),
        messaging_limit=raw.get("whatsapp_business_manager_messaging_limit"),
        health=health,
        reasons=reasons,
        raw=raw,
    )


def throughput_of(raw: Mapping[str, Any]) -> int:
    """Messages a second: 20 with the Business app beside it, 1,000 once upgraded, else 80."""
    if raw.get("is_on_biz_app") is True:
        return COEXISTENCE_THROUGHPUT
    level = (raw.get("throughput") or {}).get("level")
    return HIGH_THROUGHPUT if level == "HIGH" else STANDARD_THROUGHPUT


def health_of(status: Any) -> tuple[str | None, tuple[str, ...]]:
    """Can it send, and if not, why: Meta's sentences about each entity in the way."""
    if not isinstance(status, Mapping):
        return None, ()
    errors = [error for entity in status.get("entities") or () for error in entity.get("errors") or ()]
    reasons = tuple(f"{error.get('error_code')}: {error.get('error_description')}" for error in errors)
    return status.get("can_send_message"), reasons


async def account(graph: Graph, waba_id: str, token: str) -> dict[str, Any]:
    """Name, review status, portfolio limit and health of a business account."""
    return await graph.get(waba_id, token, fields=_ACCOUNT_FIELDS)


async def profile(graph: Graph, phone_number_id: str, token: str) -> dict[str, Any]:
    """The business profile of a number."""
    answer = await graph.get(f"{phone_number_id}/whatsapp_business_profile", token, fields=_PROFILE_FIELDS)
    found = answer.get("data") or [{}]
    return {name: value for name, value in found[0].items() if name != "messaging_product"}


async def change_profile(graph: Graph, phone_number_id: str, token: str, changes: Mapping[str, Any]) -> None:
    """Change some fields of the business profile."""
    body = {"messaging_product": "whatsapp", **changes}
    await graph.post(f"{phone_number_id}/whatsapp_business_profile", token, body)


async def register(graph: Graph, phone_number_id: str, token: str, pin: str) -> None:
    """Register a number for the Cloud API. Ten attempts in 72 hours, then 133016."""
    await graph.post(f"{phone_number_id}/register", token, {"messaging_product": "whatsapp", "pin": pin})


async def deregister(graph: Graph, phone_number_id: str, token: str) -> None:
    """Take a number off the Cloud API."""
    await graph.post(f"{phone_number_id}/deregister", token, {})


async def subscribe(
    graph: Graph, waba_id: str, token: str, *, callback: str | None = None, verify_token: str | None = None
) -> None:
    """Have the account's webhooks sent to the token's app; with a callback, to that address instead of the app's."""
    override = {"override_callback_uri": callback, "verify_token": verify_token or ""} if callback else {}
    await graph.post(f"{waba_id}/subscribed_apps", token, override)


async def subscriptions(graph: Graph, waba_id: str, token: str) -> list[dict[str, Any]]:
    """The apps that get the account's webhooks."""
    answer = await graph.get(f"{waba_id}/subscribed_apps", token)
    return list(answer.get("data") or ())
