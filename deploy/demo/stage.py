"""What every step of the story can reach, and what a step is."""

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp

from deploy.demo.bus import Bus
from deploy.demo.looks import Database

POSTGRES, RABBITMQ, CLOUD_API = "postgres", "rabbitmq", "cloud api"


def _somebody() -> str:
    """Digits of an Italian mobile number; another one for each telling."""
    return f"39347{random.randrange(10**7):07}"


@dataclass(slots=True, kw_only=True)
class Stage:
    """The running stack as seen from outside, and what the steps have learnt so far."""

    env: Mapping[str, str]
    bus: Bus
    database: Database
    http: aiohttp.ClientSession
    customer: str = field(default_factory=_somebody)
    stranger: str = field(default_factory=_somebody)
    command_id: str = field(default_factory=lambda: str(uuid4()))
    outbound: dict[str, Any] = field(default_factory=dict)
    inbound: dict[str, Any] = field(default_factory=dict)
    lead: dict[str, Any] = field(default_factory=dict)

    @property
    def number(self) -> str:
        return self.env["PHONE_NUMBER_ID"]

    async def simulator(self, method: str, path: str, **arguments: Any) -> Any:
        """An answer of the simulator's control API, as JSON."""
        async with self.http.request(method, self.env["SIMULATOR_URL"] + path, **arguments) as answer:
            answer.raise_for_status()
            return await answer.json()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`act` does something once; `look` is asked until it says what it saw."""

    name: str
    text: str
    seen_in: str
    look: Callable[[Stage], Awaitable[str | None]]
    act: Callable[[Stage], Awaitable[None]] | None = None
