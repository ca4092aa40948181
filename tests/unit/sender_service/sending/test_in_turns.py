import asyncio

from sender_service.sending.in_turns import PIECE, in_turns


async def test_others_get_the_event_loop_between_the_pieces_and_the_order_stays():
    seen: list[int | str] = []

    async def other():
        for _ in range(3):
            seen.append("other")
            await asyncio.sleep(0)

    async def note(item: int) -> None:
        seen.append(item)

    beside = asyncio.create_task(other())
    async for item in in_turns(range(PIECE * 2 + 1)):
        await note(item)
    await beside
    assert [item for item in seen if item != "other"] == list(range(PIECE * 2 + 1))
    assert seen.index("other") == PIECE
