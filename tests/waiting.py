"""Waiting for a condition with a deadline: the only way a test waits."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

Value = TypeVar("Value")


@overload
async def until(
    predicate: Callable[[], Awaitable[Value]], seconds: float = 5.0, *, every: float = 0.02, what: str = ""
) -> Value: ...


@overload
async def until(
    predicate: Callable[[], Value], seconds: float = 5.0, *, every: float = 0.02, what: str = ""
) -> Value: ...


async def until(predicate: Callable[[], Any], seconds: float = 5.0, *, every: float = 0.02, what: str = "") -> Any:
    """Asks again and again until the answer is true, and gives that answer; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        answer = predicate()
        value = await answer if inspect.isawaitable(answer) else answer
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain for {what or 'the condition'}; last answer: {value!r}")
        await asyncio.sleep(every)
