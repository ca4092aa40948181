"""Load process: one send command at a time on an idle system, and when exactly each was published."""

import asyncio
import random
import time
import uuid

import aio_pika

from deploy.bench.load.report import Orders, main
from deploy.stand import meta_bodies
from deploy.stand.tenants import TEMPLATE


async def work(orders: Orders) -> dict[str, object]:
    """`url run number count pause`: reports the monotonic time of each key at the moment before its publish."""
    published: dict[str, float] = {}
    connection = await aio_pika.connect(orders["url"])
    async with connection:
        channel = await connection.channel(on_return_raises=True)
        exchange = await channel.get_exchange("whatsapp.commands", ensure=False)
        for index in range(orders["count"]):
            key = f"{orders['run']}-{index}"
            recipient = str(393_700_000_000 + orders["first"] + index)
            content = meta_bodies.template(TEMPLATE, key)
            prepared = aio_pika.Message(
                meta_bodies.send_command(key, orders["number"], recipient, content),
                content_type="application/json",
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                message_id=uuid.uuid4().hex,
            )
            published[key] = time.monotonic()
            await exchange.publish(prepared, f"send.priority.{orders['number']}")
            await asyncio.sleep(orders["pause"] * (0.5 + random.random()))
    return {"published": published}


if __name__ == "__main__":
    main(work)
