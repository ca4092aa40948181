from sender_service.inbound.handler import InboundHandler
from sender_service.roles.mark_read import MarkingRead
from sender_service.sending.accept import Accept
from sender_service.store.database import acquired
from tests import webhook_builders as build


def nothing(*_args) -> None:
    pass


async def test_a_new_message_is_told_as_read_once(pool):
    await build.register(pool)
    accept = Accept(pool, nothing)
    handler = MarkingRead(accept, lambda mark: InboundHandler(pool, nothing, "installation", nothing, mark))
    body = build.payload(build.value(messages=[build.text_message()]))
    delivery = build.delivery(body)
    for _ in range(2):
        assert await handler([delivery]) == []
    async with acquired(pool) as conn:
        types = await conn.fetch("select type, status from message_log where direction = 'outbound'")
    assert [tuple(row) for row in types] == [("mark_read", "queued")]
