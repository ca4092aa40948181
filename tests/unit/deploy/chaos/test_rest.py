"""A run rests when nothing moves; it fails when nothing becomes less, however long what does becomes less takes."""

from collections.abc import Iterator
from typing import cast

import pytest

from deploy.chaos import run, truth
from deploy.chaos.arena import Arena
from deploy.chaos.run import drained

PATIENCE = 0.5


class EmptyQueues:
    """As much of an arena as waiting for rest asks for."""

    async def queued(self) -> int:
        return 0


def left(monkeypatch: pytest.MonkeyPatch, rows: Iterator[int]) -> Arena:
    """An arena in which so many rows are left at each look."""
    monkeypatch.setattr(run, "STILL_FOR", 0.0)
    monkeypatch.setattr(truth, "moving", lambda _: {"rows": next(rows)})
    return cast("Arena", EmptyQueues())


async def test_what_becomes_less_is_waited_for_longer_than_the_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    arena = left(monkeypatch, iter([5, 4, 3, 2, 1, 0, 0, 0]))

    assert await drained(arena, PATIENCE) == []


async def test_what_never_becomes_less_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    arena = left(monkeypatch, iter([7] * 100))

    assert await drained(arena, PATIENCE) == ["nothing became less for 0.5 s: {'rows': 7, 'queued': 0}"]
