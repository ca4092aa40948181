import pytest

from shared.messaging import topology
from shared.messaging.connection import connect
from shared.messaging.errors import BrokerAway
from shared.messaging.publisher import Outgoing


async def test_declaring_again_changes_nothing(broker, publisher, depth):
    await publisher.publish(Outgoing(topology.WEBHOOKS, "webhook", b"{}"))

    await topology.declare(broker)
    connection = await connect(broker, "tests")
    await topology.declare(connection)
    await connection.close()

    assert await depth(topology.SENDER_WEBHOOKS) == 1


@pytest.mark.parametrize(
    ("key", "queue"),
    [
        ((topology.WEBHOOKS, "webhook"), topology.SENDER_WEBHOOKS),
        ((topology.WEBHOOKS, "webhook.shop"), topology.SENDER_WEBHOOKS),
        ((topology.COMMANDS, "send.priority.106540352242922"), topology.SEND_PRIORITY),
        ((topology.COMMANDS, "send.bulk.106540352242922"), topology.SEND_BULK),
        ((topology.COMMANDS, "send.never.106540352242922"), topology.UNROUTED),
        ((topology.DEAD, topology.SENDER_WEBHOOKS), topology.dead(topology.SENDER_WEBHOOKS)),
        ((topology.DEAD, topology.SEND_BULK), topology.dead(topology.SEND_BULK)),
        ((topology.DEAD, topology.UNROUTED), topology.dead(topology.UNROUTED)),
    ],
)
async def test_each_message_finds_its_queue(publisher, depth, key, queue):
    await publisher.publish(Outgoing(key[0], key[1], b"{}"))

    assert {name.name: await depth(name.name) for name in topology.QUEUES if await depth(name.name)} == {queue: 1}


async def test_declaring_where_nobody_answers_says_so():
    with pytest.raises(BrokerAway):
        await topology.declare("amqp://guest:guest@127.0.0.1:1/")
