"""What a judge may change about numbers and templates while everything runs."""

from dataclasses import fields
from typing import Any, Final

from deploy.simulator.numbers import Number
from deploy.simulator.world import World

_INNER: Final = frozenset({"arrivals", "pairs", "last_inbound"})
_CHANGEABLE: Final = frozenset(each.name for each in fields(Number)) - _INNER - {"id"}
# Which event tells of a status, where its name differs.
_EVENTS: Final = {"APPROVED": "APPROVED", "PAUSED": "PAUSED", "DISABLED": "DISABLED", "REJECTED": "REJECTED"}


def change_number(world: World, order: dict[str, Any]) -> Number:
    """Register the number if it is new; ValueError names what cannot be changed."""
    changes = dict(order)
    number_id = str(changes.pop("id"))
    unknown = set(changes) - _CHANGEABLE
    if unknown:
        raise ValueError(f"{unknown.pop()}: one of {', '.join(sorted(_CHANGEABLE))}")
    number = world.numbers.get(number_id) or world.numbers.add(number_id)
    for name, value in changes.items():
        setattr(number, name, value)
    world.envelopes.clear()
    return number


def numbered(number: Number) -> dict[str, Any]:
    """A number as the judge sees it; tokens only counted."""
    shown = {each.name: getattr(number, each.name) for each in fields(Number) if each.name not in _INNER}
    return shown | {"tokens": len(number.tokens)}


def change_template(world: World, order: dict[str, Any]) -> dict[str, Any]:
    """Change one template and post Meta's webhook about it, unless `tell` is false."""
    waba_id = str(order.get("waba_id") or world.options.waba_id)
    template = world.catalogue.find(waba_id, order["name"], order["language"])
    if template is None:
        raise ValueError("no such template")
    for name in ("status", "quality", "category"):
        setattr(template, name, order.get(name) or getattr(template, name))
    if order.get("tell", True) and "status" in order:
        more = {name: order[name] for name in ("reason", "other_info", "rejection_info") if name in order}
        event = order.get("event") or _EVENTS.get(template.status, template.status)
        world.tell_template(waba_id, template, event, **more)
    return template.as_dict()
