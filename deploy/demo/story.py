"""The story in steps, each believed only when it was seen from outside: in Postgres, on RabbitMQ, at the Cloud API."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import aiohttp

from deploy.demo import bus
from deploy.demo.looks import Database
from deploy.demo.outbound import OUTBOUND
from deploy.demo.show import Show
from deploy.demo.stage import Stage, Step
from deploy.demo.stranger import STRANGER

STEPS = (*OUTBOUND, *STRANGER)
STEP_SECONDS = 20.0
POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Seen:
    """One step that was seen."""

    name: str
    seen_in: str
    ms: float


@dataclass(slots=True)
class Told:
    """How far the story got."""

    seconds: float = 0.0
    steps: list[Seen] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return len(self.steps) == len(STEPS)

    def summary(self) -> dict[str, object]:
        return {"ok": self.ok, "seconds": round(self.seconds, 2), "steps": [asdict(step) for step in self.steps]}


def tell(env: Mapping[str, str], show: Show, steps: Sequence[Step] = STEPS) -> Told:
    """Plays the story against a running stack; stops at the first step that is not seen."""
    return asyncio.run(_tell(env, show, steps))


def read_env(path: Path) -> dict[str, str]:
    """The KEY=value lines of `.run/env`."""
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in lines}


async def _tell(env: Mapping[str, str], show: Show, steps: Sequence[Step]) -> Told:
    told, started = Told(), time.monotonic()
    show.begins()
    timeout = aiohttp.ClientTimeout(total=10)
    async with bus.listening(env["AMQP_URL"]) as heard, aiohttp.ClientSession(timeout=timeout) as http:
        stage = Stage(env=env, bus=heard, database=Database(env["POSTGRES_DSN"]), http=http)
        for step in steps:
            seen = await _play(step, stage, show)
            if seen is None:
                break
            told.steps.append(seen)
    told.seconds = time.monotonic() - started
    return told


async def _play(step: Step, stage: Stage, show: Show) -> Seen | None:
    started = time.monotonic()
    with show.waiting(step.text):
        try:
            if step.act:
                await step.act(stage)
            what = await _until(lambda: step.look(stage))
        except (OSError, TimeoutError, aiohttp.ClientError) as error:
            show.unseen(step.text, where=step.seen_in, why=f"{type(error).__name__}: {error}")
            return None
    ms = round((time.monotonic() - started) * 1000, 1)
    show.seen(step.text, where=step.seen_in, what=what, ms=ms)
    return Seen(step.name, step.seen_in, ms)


async def _until(look: Callable[[], Awaitable[str | None]]) -> str:
    deadline = time.monotonic() + STEP_SECONDS
    while time.monotonic() < deadline:
        what = await look()
        if what:
            return what
        await asyncio.sleep(POLL_SECONDS)
    raise TimeoutError(f"not seen within {STEP_SECONDS:g} s")
