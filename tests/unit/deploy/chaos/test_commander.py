"""One open command for each recipient, also when all have one, numbered in the order of publishing."""

import asyncio
from pathlib import Path

import aio_pika
import orjson
import pytest

from deploy.chaos.commander import Bus, Commander


def orders(folder: Path, most: int, customers: list[str]) -> dict[str, object]:
    journal = str(folder / "journal")
    return {
        "rate": 1000, "seed": 1, "journal": journal, "run": "r", "most": most, "numbers": ["1"], "customers": customers,
    }  # fmt: skip


async def test_when_every_recipient_has_a_command_open_the_next_waits_for_one(tmp_path):
    order: list[str] = []

    async def publish(key: str, _routing_key: str, _body: bytes) -> None:
        order.append(f"begin {key}")
        await asyncio.sleep(0.01)
        order.append(f"end {key}")

    await Commander(orders(tmp_path, 3, ["39"]), publish).run()

    assert order == ["begin r-0", "end r-0", "begin r-1", "end r-1", "begin r-2", "end r-2"]


async def test_who_overtakes_another_that_waits_for_a_recipient_was_published_first(tmp_path, monkeypatch):
    published: list[str] = []
    free_line, waits = Commander._free_line, [0.05, 0.0]

    async def late_for_the_first(commander):
        await asyncio.sleep(waits.pop(0))
        return await free_line(commander)

    async def publish(key: str, _routing_key: str, _body: bytes) -> None:
        published.append(key)

    monkeypatch.setattr(Commander, "_free_line", late_for_the_first)
    await Commander(orders(tmp_path, 2, ["39", "40"]), publish).run()

    lines = map(orjson.loads, (tmp_path / "journal").read_bytes().splitlines())
    sequences = {line["key"]: line["sequence"] for line in lines if "sequence" in line}
    assert published == sorted(sequences, key=sequences.__getitem__) == ["r-1", "r-0"]


async def test_those_who_wait_while_one_finds_the_broker_away_do_not_try_one_after_the_other(monkeypatch):
    tries = 0

    async def connect(*_: object, **__: object) -> None:
        nonlocal tries
        tries += 1
        await asyncio.sleep(0.01)
        raise ConnectionRefusedError

    monkeypatch.setattr(aio_pika, "connect", connect)
    bus = Bus("amqp://nobody")
    failures = await asyncio.gather(*(bus.publish("k", "send.bulk.1", b"") for _ in range(50)), return_exceptions=True)
    assert tries == 1
    assert all(isinstance(failure, ConnectionError) for failure in failures)
    with pytest.raises(ConnectionRefusedError):
        await bus.publish("k", "send.bulk.1", b"")
