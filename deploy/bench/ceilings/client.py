"""Ceiling of sending: a bare aiohttp client loop that POSTs prepared bodies to the same 50 ms Meta."""

import asyncio
import sys
import time

import aiohttp
import orjson
import uvloop

from deploy.stand import meta_bodies
from deploy.stand.tenants import TEMPLATE


async def work(base: str, number: str, count: int, concurrency: int) -> dict[str, float]:
    """POST so many messages with so many at a time, one session, answers parsed."""
    url = f"{base}/v25.0/{number}/messages"
    left = iter(range(count))
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector, headers={"Authorization": "Bearer bench"}) as session:

        async def post_each() -> None:
            for index in left:
                body = orjson.dumps(
                    {
                        "messaging_product": "whatsapp",
                        "to": str(393_500_000_000 + index),
                        "biz_opaque_callback_data": f"ceiling.{index + 1}.1",
                        **meta_bodies.template(TEMPLATE, f"ceiling-{index}"),
                    }
                )
                async with session.post(url, data=body, headers={"Content-Type": "application/json"}) as answer:
                    orjson.loads(await answer.read())["messages"][0]["id"]

        began = time.perf_counter()
        await asyncio.gather(*(post_each() for _ in range(concurrency)))
        elapsed = time.perf_counter() - began
    return {"elapsed": elapsed, "rate": count / elapsed}


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(orjson.dumps(runner.run(work(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))).decode())
