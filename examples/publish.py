"""Ask Colomba to send a WhatsApp message: `python publish.py +393331234567 "Your order is ready." order-1042`.

Needs `pip install aio-pika`, and AMQP_URL and PHONE_NUMBER_ID in the environment. The schema of the command is
docs/contracts/send_message.v1.json. Running it twice with the same id sends one message.
"""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from uuid import uuid4

import aio_pika


def command(to: str, text: str, key: str) -> bytes:
    """A CloudEvent whose data is Meta's message object and the number to send from."""
    event = {
        "specversion": "1.0",
        "type": "colomba.send_message.v1",
        # The same source and id again are the same message, whatever happened in between.
        "source": "/examples/python",
        "id": key,
        "time": datetime.now(UTC).isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "phone_number_id": os.environ["PHONE_NUMBER_ID"],
            "to": to,
            "type": "text",
            "text": {"body": text},
        },
    }
    return json.dumps(event).encode()


async def publish(to: str, text: str, key: str) -> None:
    """Return once the broker has the command on disk; raise otherwise, and then publish again with the same id."""
    async with await aio_pika.connect(os.environ["AMQP_URL"]) as connection:
        # Without on_return_raises a command no queue is bound for would look delivered.
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        exchange = await channel.get_exchange("whatsapp.commands", ensure=False)
        message = aio_pika.Message(
            command(to, text, key),
            content_type="application/cloudevents+json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=str(uuid4()),
        )
        await exchange.publish(message, f"send.priority.{os.environ['PHONE_NUMBER_ID']}", mandatory=True, timeout=10)


if __name__ == "__main__":
    asyncio.run(publish(*sys.argv[1:4]))
    print("accepted by the broker")
