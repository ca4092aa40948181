"""The faults themselves. Each strikes once, undoes itself, and says when what it had taken away was given back."""

import asyncio
import itertools
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aio_pika

from deploy.chaos import pictures
from deploy.chaos.arena import Arena
from deploy.chaos.poison import bodies
from deploy.proxy import Faults
from deploy.stand.processes import until

READY_PATIENCE = 60
FULL_SECONDS, FULL_MEDIA_SECONDS = 20, 8
# Less than one picture: its write breaks off in the middle.
ROOM = 100_000
HOUR, DAY = 3600, 86_400
JUMPS = (HOUR, -HOUR, 2 * DAY, -2 * DAY, 40 * DAY)


@dataclass(frozen=True, slots=True)
class Strike:
    """Wall-clock times; `back_at` is when the neighbour or service was there again, from which recovery counts."""

    struck_at: float
    back_at: float


Fault = Callable[[Arena], Awaitable[Strike]]


def kill_service(name: str) -> Fault:
    """SIGKILL, and up to a second later the same service is started again."""

    async def strike(arena: Arena) -> Strike:
        struck = time.time()
        process = arena.stand.processes[name]
        await process.kill()
        await asyncio.sleep(arena.random.random())
        process.start()
        await arena.stand.ready(name)
        return Strike(struck, process.started_at)

    return strike


def terminate_service(name: str) -> Fault:
    """SIGTERM under load: the service ends by itself, then is started again."""

    async def strike(arena: Arena) -> Strike:
        struck = time.time()
        process = arena.stand.processes[name]
        await process.terminate(60)
        if process.returncode != 0:
            raise RuntimeError(f"{name} ended with {process.returncode} after SIGTERM:\n{process.tail()}")
        process.start()
        await arena.stand.ready(name)
        return Strike(struck, process.started_at)

    return strike


async def rolling_restart(arena: Arena) -> Strike:
    """A second worker comes, the first goes, and the other way round: nothing may stop meanwhile."""
    struck = time.time()
    stand = arena.stand
    old, new = ("worker", "worker-2") if stand.processes["worker"].is_alive else ("worker-2", "worker")
    await stand.start(stand.processes.get(new) or arena.service(new))
    await stand.processes[old].terminate(60)
    return Strike(struck, time.time())


def freeze_service(name: str, least: float = 5, most: float = 60) -> Fault:
    """SIGSTOP for a while; what wakes is a zombie that must not send."""

    async def strike(arena: Arena) -> Strike:
        struck = time.time()
        process = arena.stand.processes[name]
        process.freeze()
        await asyncio.sleep(least + arena.random.random() * (most - least))
        process.thaw()
        return Strike(struck, time.time())

    return strike


async def kill_broker(arena: Arena) -> Strike:
    """SIGKILL of the broker; recovery counts from its start, so its own boot is in it."""
    struck = time.time()
    broker = arena.stand.own_broker
    await broker.process.kill()
    await asyncio.sleep(arena.random.random())
    started = time.time()
    await broker.start()
    return Strike(struck, started)


async def restart_broker(arena: Arena) -> Strike:
    """The broker is stopped politely and started."""
    struck = time.time()
    broker = arena.stand.own_broker
    await broker.process.terminate(60)
    started = time.time()
    await broker.start()
    return Strike(struck, started)


async def kill_postgres(arena: Arena) -> Strike:
    """SIGKILL of the whole server; recovery counts from when it takes connections."""
    struck = time.time()
    postgres = arena.stand.own_postgres
    await postgres.process.kill()
    await asyncio.sleep(arena.random.random())
    await postgres.start()
    return Strike(struck, time.time())


async def restart_postgres(arena: Arena) -> Strike:
    """A fast shutdown, which breaks every connection, and a start."""
    struck = time.time()
    await arena.stand.own_postgres.terminate()
    await arena.stand.own_postgres.start()
    return Strike(struck, time.time())


def freeze_postgres(seconds: float) -> Fault:
    """The database stands still and then goes on as if nothing had been."""

    async def strike(arena: Arena) -> Strike:
        struck = time.time()
        arena.stand.own_postgres.process.freeze()
        await asyncio.sleep(seconds)
        arena.stand.own_postgres.process.thaw()
        return Strike(struck, time.time())

    return strike


def bad_network(way: str, faults: Callable[[Arena], Faults], seconds: float, *, resets: bool = False) -> Fault:
    """The proxy before one neighbour misbehaves for a while; with `resets`, open connections are reset as well."""

    async def strike(arena: Arena) -> Strike:
        struck = time.time()
        proxy = arena.proxies[way]
        proxy.faults = faults(arena)
        if resets:
            proxy.reset()
        await asyncio.sleep(seconds)
        if proxy.faults.half_open:
            proxy.reset()  # a middlebox that forgot a connection answers with a reset once it is back
        proxy.faults = Faults()
        return Strike(struck, time.time())

    return strike


async def reset_everything(arena: Arena) -> Strike:
    """Every connection to every neighbour is reset at once."""
    struck = time.time()
    for proxy in arena.proxies.values():
        proxy.reset()
    return Strike(struck, time.time())


async def lose_answers(arena: Arena) -> Strike:
    """Meta processed the message, its answer never arrives."""
    struck = time.time()
    arena.proxies["graph"].faults.lose_answers += arena.random.randint(1, 5)
    await asyncio.sleep(0.5)
    return Strike(struck, time.time())


def alarm(raise_: tuple[str, ...], lower: tuple[str, ...], seconds: float = 5) -> Fault:
    """The broker blocks every publisher for a while."""

    async def strike(arena: Arena) -> Strike:
        struck = time.time()
        await arena.stand.own_broker.control(*raise_)
        await asyncio.sleep(seconds)
        await arena.stand.own_broker.control(*lower)
        return Strike(struck, time.time())

    return strike


async def poison(arena: Arena) -> Strike:
    """Bodies no contract knows, put on every queue past the ingress."""
    struck = time.time()
    connection = await aio_pika.connect(arena.stand.broker.url)
    async with connection:
        channel = await connection.channel()
        for exchange_name, routing_key in (("whatsapp.webhooks", "webhook"), ("whatsapp.commands", "send.bulk.1")):
            exchange = await channel.get_exchange(exchange_name, ensure=False)
            for body in bodies(arena.random):
                message = aio_pika.Message(body, delivery_mode=2, message_id=uuid.uuid4().hex, headers={"app": ""})
                await exchange.publish(message, routing_key)
    return Strike(struck, time.time())


async def fill_disk_of_postgres(arena: Arena) -> Strike:
    """Not a byte left for rows or log; the server may refuse or end, and is started when there is room again."""
    struck = time.time()
    postgres, disk = arena.stand.own_postgres, arena.stand.disks["postgres"]
    disk.fill()
    await asyncio.sleep(FULL_SECONDS)
    disk.free()
    if not postgres.process.is_alive:
        await postgres.start()
    await until(postgres.is_ready, READY_PATIENCE, "Postgres did not come back")
    return Strike(struck, time.time())


async def fill_disk_of_media(arena: Arena) -> Strike:
    """Pictures come while there is hardly room for half of one."""
    struck = time.time()
    disk = arena.stand.disks["media"]
    disk.fill(ROOM)
    await asyncio.to_thread(pictures.sent, arena, 5)
    await asyncio.sleep(FULL_MEDIA_SECONDS)
    disk.free()
    await asyncio.to_thread(pictures.sent, arena, 2)
    return Strike(struck, time.time())


async def jump_clock(arena: Arena) -> Strike:
    """The wall clock of one service is set, by an hour or by weeks, and some seconds later set right."""
    struck = time.time()
    name = arena.random.choice(sorted(arena.clocks))
    arena.clocks[name].turn(arena.random.choice(JUMPS))
    await asyncio.sleep(4 + 3 * arena.random.random())
    arena.clocks[name].turn(0)
    return Strike(struck, time.time())


async def lose_node(arena: Arena) -> Strike:
    """One node of three is killed and later comes back; recovery counts from the kill, for two are enough."""
    struck = time.time()
    cluster = arena.stand.own_cluster
    node = arena.random.choice(cluster.nodes)
    await node.process.kill()
    await asyncio.sleep(3 + 3 * arena.random.random())
    await node.start()
    await cluster.whole()
    return Strike(struck, struck)


def meta_fault(**order: object) -> Fault:
    """The simulator misbehaves for a while."""

    async def strike(arena: Arena) -> Strike:
        struck = time.time()
        await asyncio.to_thread(arena.ask, "faults", order)
        await asyncio.sleep(3)
        await asyncio.to_thread(arena.ask, "faults", None, "DELETE")
        return Strike(struck, time.time())

    return strike


def in_turn(*faults: Fault) -> Fault:
    """One after the other, beginning again at the end."""
    left = itertools.cycle(faults)

    async def strike(arena: Arena) -> Strike:
        return await next(left)(arena)

    return strike


async def nothing(_: Arena) -> Strike:
    """A regime whose trouble lies in its load: time passes."""
    await asyncio.sleep(3)
    return Strike(time.time(), time.time())
