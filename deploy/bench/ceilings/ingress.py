"""Ceiling of the ingress: the shortest aiohttp + aio-pika program that confirms a webhook's bytes before its 200."""

import sys

import aio_pika
import uvloop
from aiohttp import web

QUEUE = "bench.ceiling.ingress"


async def application(url: str) -> web.Application:
    """No signature, no limits, no JSON: read, publish confirmed, answer."""
    connection = await aio_pika.connect(url)
    channel = await connection.channel()
    await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})

    async def webhook(request: web.Request) -> web.Response:
        message = aio_pika.Message(await request.read(), delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, QUEUE)
        return web.Response()

    async def ready(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.router.add_post("/webhooks/whatsapp", webhook)
    app.router.add_get("/readyz", ready)
    return app


if __name__ == "__main__":
    uvloop.install()
    web.run_app(application(sys.argv[1]), port=int(sys.argv[2]), access_log=None, print=None)
