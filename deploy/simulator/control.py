"""`/_sim`: the judge's side of the simulator. Ledger, inbound messages, faults, options, reset."""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from deploy.simulator.faults import NAMES
from deploy.simulator.inbound import inbound_bodies
from deploy.simulator.orders import change_number, change_template, numbered
from deploy.simulator.replies import answer, json_of
from deploy.simulator.verification import verified
from deploy.simulator.world import World

_FILTERS: Final = ("phone_number_id", "to", "type", "wamid", "callback_data", "fate", "body_hash")
_PAGE_MAX: Final = 100_000


class Control:
    """The handlers of `/_sim`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_sim/health", self.health),
            web.get("/_sim/ledger", self.ledger),
            web.get("/_sim/summary", self.summary),
            web.get("/_sim/repeated", self.repeated),
            web.get("/_sim/read", self.read),
            web.post("/_sim/inbound", self.inbound),
            web.get("/_sim/faults", self.faults),
            web.post("/_sim/faults", self.add_faults),
            web.delete("/_sim/faults", self.clear_faults),
            web.get("/_sim/options", self.options),
            web.post("/_sim/options", self.change_options),
            web.post("/_sim/reset", self.reset),
            web.post("/_sim/verify", self.verify),
            web.get("/_sim/numbers", self.numbers),
            web.post("/_sim/numbers", self.change_numbers),
            web.post("/_sim/templates", self.change_templates),
            web.post("/_sim/tokens", self.tokens),
        ]

    async def health(self, _request: web.Request) -> web.Response:
        return answer({"status": "ready"})

    async def ledger(self, request: web.Request) -> web.Response:
        """`?limit=1000&after=-1` and any filter; `next` is the `after` of the following page, null at the end."""
        query = request.query
        after, limit = int(query.get("after", "-1")), min(int(query.get("limit", "1000")), _PAGE_MAX)
        where = {name: query[name] for name in _FILTERS if name in query}
        if "to" in where:
            where["to"] = where["to"].strip().removeprefix("+")
        entries, following = self._world.ledger.page(after=after, limit=max(1, limit), where=where)
        return answer(
            {"messages": [entry.as_dict() for entry in entries], "next": following, "total": len(self._world.ledger)}
        )

    async def summary(self, _request: web.Request) -> web.Response:
        return answer(self._world.summary())

    async def repeated(self, _request: web.Request) -> web.Response:
        """Callback data that stand in more than one message: no attempt may be processed twice."""
        return answer({"repeated": self._world.ledger.repeated()})

    async def read(self, _request: web.Request) -> web.Response:
        """What was marked as read, in order."""
        names = ("phone_number_id", "message_id", "typing")
        return answer({"read": [dict(zip(names, each, strict=True)) for each in self._world.read]})

    async def inbound(self, request: web.Request) -> web.Response:
        """One message, `{"messages": […]}`, `{"field": …, "value": …}` or `{"raw": …}`; answers when the webhook was
        taken.
        """
        webhooks = inbound_bodies(self._world, await json_of(request))
        delivered = []
        for each in webhooks:
            outcome = await self._world.webhooks.deliver(each.body, updates=max(1, len(each.ids)), number=each.number)
            delivered.append({"ids": each.ids, **outcome})
        return answer({"delivered": delivered})

    async def faults(self, _request: web.Request) -> web.Response:
        return answer({"faults": [fault.as_dict() for fault in self._world.faults.orders], "names": sorted(NAMES)})

    async def add_faults(self, request: web.Request) -> web.Response:
        """A fault or a list of them, added to those in force."""
        orders = await json_of(request)
        if isinstance(orders, dict):
            orders = orders.get("faults", [orders])
        return answer({"faults": [self._world.faults.add(order).as_dict() for order in orders]})

    async def clear_faults(self, _request: web.Request) -> web.Response:
        self._world.faults.clear()
        return answer({"faults": []})

    async def options(self, _request: web.Request) -> web.Response:
        return answer(self._world.options.as_dict())

    async def change_options(self, request: web.Request) -> web.Response:
        self._world.options.change(await json_of(request))
        self._world.statuses.reconfigure()
        return answer(self._world.options.as_dict())

    async def reset(self, _request: web.Request) -> web.Response:
        self._world.reset()
        return answer({"status": "empty"})

    async def verify(self, _request: web.Request) -> web.Response:
        """Meta's GET to the callback URL, with a challenge that has to come back."""
        return answer(await verified(self._world.options.webhook_url, self._world.options.verify_token))

    async def numbers(self, _request: web.Request) -> web.Response:
        return answer({"numbers": [numbered(number) for number in self._world.numbers.all()]})

    async def change_numbers(self, request: web.Request) -> web.Response:
        """Register a number (one or a list), or change what Meta knows of it: throughput, status, quality, tokens…"""
        orders = await json_of(request)
        changed = [change_number(self._world, order) for order in (orders if isinstance(orders, list) else [orders])]
        return answer({"numbers": [numbered(number) for number in changed]})

    async def change_templates(self, request: web.Request) -> web.Response:
        """Give a template (`name`, `language`, `waba_id` if any) a new `status`, `quality` or `category`, and tell."""
        return answer(change_template(self._world, await json_of(request)))

    async def tokens(self, request: web.Request) -> web.Response:
        """`{"expired": [token, …]}`: from now on these answer 190."""
        self._world.expired_tokens = set((await json_of(request))["expired"])
        return answer({"expired": len(self._world.expired_tokens)})


@web.middleware
async def refusals(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """What a person got wrong in an order comes back as a sentence."""
    try:
        return await handler(request)
    except (ValueError, KeyError, TypeError) as error:
        if not request.path.startswith("/_sim"):
            raise
        return answer({"error": f"{type(error).__name__}: {error}"}, status=400)
