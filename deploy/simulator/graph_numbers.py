"""Numbers and business accounts of the Graph API: what they are, profile, registration, subscription and health."""

from typing import Any, Final

from aiohttp import ClientError, web

from deploy.simulator.errors import problem
from deploy.simulator.numbers import Number
from deploy.simulator.replies import answer, json_of, refused
from deploy.simulator.verification import verified
from deploy.simulator.world import World

_PROFILE_MOST: Final = {"about": 139, "address": 256, "description": 256, "email": 128}
_APP: Final = {
    "whatsapp_business_api_data": {"id": "670843887433847", "name": "Colomba", "link": "https://example.com"}
}


class GraphNumbers:
    """The handlers."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        profile, subscribed = "/{version}/{id}/whatsapp_business_profile", "/{version}/{id}/subscribed_apps"
        return [
            web.get("/{version}/{id}/phone_numbers", self.numbers),
            web.get(profile, self.profile),
            web.post(profile, self.change_profile),
            web.post("/{version}/{id}/register", self.register),
            web.post("/{version}/{id}/deregister", self.deregister),
            web.get(subscribed, self.subscriptions),
            web.post(subscribed, self.subscribe),
            web.delete(subscribed, self.unsubscribe),
        ]

    async def numbers(self, request: web.Request) -> web.Response:
        found = self._world.numbers.of_account(request.match_info["id"])
        return answer({"data": [shown(number, request.query.get("fields")) for number in found], "paging": {}})

    async def profile(self, request: web.Request) -> web.Response:
        number = self._world.numbers.get(request.match_info["id"])
        if number is None:
            return refused(self._world, problem(33))
        return answer({"data": [{"messaging_product": "whatsapp", **number.profile}]})

    async def change_profile(self, request: web.Request) -> web.Response:
        number, body = self._world.numbers.get(request.match_info["id"]), await json_of(request)
        if number is None:
            return refused(self._world, problem(33))
        for name, most in _PROFILE_MOST.items():
            if len(str(body.get(name) or "")) > most:
                return refused(self._world, problem(131009, f"{name} has at most {most} characters."))
        if len(body.get("websites") or []) > 2:
            return refused(self._world, problem(131009, "websites has at most 2 elements."))
        number.profile |= {name: value for name, value in body.items() if name != "messaging_product"}
        return answer({"success": True})

    async def register(self, request: web.Request) -> web.Response:
        """The PIN set first has to be given ever after."""
        number, body = self._world.numbers.get(request.match_info["id"]), await json_of(request)
        if number is None:
            return refused(self._world, problem(33))
        pin = str(body.get("pin") or "")
        if len(pin) != 6 or not pin.isdecimal():
            return refused(self._world, problem(100, "pin must have 6 digits."))
        if number.pin not in {None, pin}:
            return refused(self._world, problem(133005))
        number.pin, number.status = pin, "CONNECTED"
        return answer({"success": True})

    async def deregister(self, request: web.Request) -> web.Response:
        number = self._world.numbers.get(request.match_info["id"])
        if number is None:
            return refused(self._world, problem(33))
        number.status = "DISCONNECTED"
        return answer({"success": True})

    async def subscriptions(self, request: web.Request) -> web.Response:
        found = self._world.subscribed.get(request.match_info["id"])
        return answer({"data": [] if found is None else [_APP | found]})

    async def subscribe(self, request: web.Request) -> web.Response:
        """With an override, Meta first asks that address for its challenge."""
        waba_id, body = request.match_info["id"], await json_of(request)
        uri = body.get("override_callback_uri")
        if uri is not None and not await challenge(uri, str(body.get("verify_token") or "")):
            return refused(self._world, problem(100, "The callback URL or verify token could not be validated."))
        self._world.subscribed[waba_id] = {"override_callback_uri": uri} if uri else {}
        if uri:
            self._world.numbers.overrides[waba_id] = uri
        return answer({"success": True})

    async def unsubscribe(self, request: web.Request) -> web.Response:
        self._world.subscribed.pop(request.match_info["id"], None)
        self._world.numbers.overrides.pop(request.match_info["id"], None)
        return answer({"success": True})

    async def configure(self, request: web.Request, number: Number) -> web.Response:
        """`POST /{phone-number-id}` with webhook_configuration: the number's own callback."""
        configuration = (await json_of(request)).get("webhook_configuration") or {}
        uri = configuration.get("override_callback_uri")
        if uri and not await challenge(uri, str(configuration.get("verify_token") or "")):
            return refused(self._world, problem(100, "The callback URL or verify token could not be validated."))
        number.webhook_configuration = {"override_callback_uri": uri} if uri else {}
        return answer({"success": True})

    def account(self, waba_id: str, fields: str | None) -> web.Response:
        """`GET /{waba-id}`."""
        whole = {
            "id": waba_id,
            "name": "Pet-Friendly",
            "currency": "MXN",
            "timezone_id": "1",
            "account_review_status": "APPROVED",
            "whatsapp_business_manager_messaging_limit": "TIER_100K",
            "health_status": _health(waba_id, "WABA", "AVAILABLE"),
        }
        return answer(_picked(whole, fields, ("id", "name", "currency", "timezone_id")))


async def challenge(uri: str, token: str) -> bool:
    """Does the address answer the verification request?"""
    try:
        return bool((await verified(uri, token))["verified"])
    except (ClientError, OSError, TimeoutError):
        return False


def shown(number: Number, fields: str | None) -> dict[str, Any]:
    """`GET /{phone-number-id}`."""
    level = {1000: "HIGH"}.get(number.throughput, "STANDARD")
    whole = {
        "id": number.id,
        "display_phone_number": number.display_phone_number,
        "verified_name": number.verified_name,
        "quality_rating": number.quality_rating,
        "code_verification_status": "VERIFIED",
        "platform_type": "CLOUD_API",
        "status": number.status,
        "name_status": number.name_status,
        "account_mode": "LIVE",
        "throughput": {"level": level},
        "whatsapp_business_manager_messaging_limit": number.messaging_limit,
        "webhook_configuration": {"application": "", **number.webhook_configuration},
        "health_status": _health(number.id, "PHONE_NUMBER", number.health),
    }
    usual = ("id", "display_phone_number", "verified_name", "quality_rating", "code_verification_status", "throughput")
    return _picked(whole, fields, usual)


def _health(entity: str, kind: str, can_send: str) -> dict[str, Any]:
    found: dict[str, Any] = {"entity_type": kind, "id": entity, "can_send_message": can_send}
    if can_send != "AVAILABLE":
        found["errors"] = [{"error_code": 141000, "error_description": "Restricted.", "possible_solution": "Wait."}]
    return {"can_send_message": can_send, "entities": [found]}


def _picked(whole: dict[str, Any], fields: str | None, usual: tuple[str, ...]) -> dict[str, Any]:
    names = ["id", *fields.split(",")] if fields else usual
    return {name: whole[name] for name in names if name in whole}
