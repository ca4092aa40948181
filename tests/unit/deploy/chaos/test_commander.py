"""One open command for each recipient, also when all have one."""

import asyncio

from deploy.chaos.commander import Commander


async def test_when_every_recipient_has_a_command_open_the_next_waits_for_one(tmp_path):
    order: list[str] = []

    async def publish(key: str, _routing_key: str, _body: bytes) -> None:
        order.append(f"begin {key}")
        await asyncio.sleep(0.01)
        order.append(f"end {key}")

    orders = {"rate": 1000, "seed": 1, "journal": str(tmp_path / "journal"), "run": "r", "most": 3}
    lines = {"numbers": ["1"], "customers": ["39"]}
    await Commander(orders | lines, publish).run()

    assert order == ["begin r-0", "end r-0", "begin r-1", "end r-1", "begin r-2", "end r-2"]
