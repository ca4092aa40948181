"""Golden commands, and copies of them with one place changed."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
import pytest

from sender_service.sending.limits import Invalid, check
from shared.contracts.send_message import SendMessage, from_data

DATA = Path(__file__).parents[3] / "data"
ACTION = "interactive.action"


def message(name: str) -> dict[str, Any]:
    """The data of a golden command."""
    sample: dict[str, Any] = orjson.loads((DATA / f"contracts/send_message/{name}.json").read_bytes())
    data: dict[str, Any] = sample["command"]["data"]
    return data


def command(data: dict[str, Any]) -> SendMessage:
    return from_data(data, source="s", id="1")


def changed(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with the value at that dotted path."""
    copy = deepcopy(data)
    owner, last = _place(copy, path)
    owner[last] = value
    return copy


def without(data: dict[str, Any], path: str) -> dict[str, Any]:
    """A copy without what stands at that dotted path."""
    copy = deepcopy(data)
    owner, last = _place(copy, path)
    del owner[last]
    return copy


def refusal(data: dict[str, Any]) -> Invalid:
    with pytest.raises(Invalid) as caught:
        check(command(data))
    return caught.value


def _place(owner: Any, path: str) -> tuple[Any, Any]:
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in way:
        owner = owner[step]
    return owner, last
