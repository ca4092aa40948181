"""Waiting for a condition with a deadline: the only way a test waits."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Value = TypeVar("Value")


async def until(
    predicate: Callable[[], Value | Awaitable[Value]], seconds: float = 5.0, *, every: float = 0.02, what: str = ""
) -> Value:
    """Asks again and again until the answer is true, and gives that answer; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        answer = predicate()
        value: Value = await answer if inspect.isawaitable(answer) else answer
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain for {what or 'the condition'}; last answer: {value!r}")
        await asyncio.sleep(every)
