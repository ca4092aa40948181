"""Meta's GET to a callback URL before it uses it."""

from typing import Any

from aiohttp import ClientSession, ClientTimeout

_CHALLENGE = "1158201444"


async def verified(url: str, token: str) -> dict[str, Any]:
    """Did the address answer 200 with the challenge?"""
    query = {"hub.mode": "subscribe", "hub.challenge": _CHALLENGE, "hub.verify_token": token}
    timeout = ClientTimeout(total=20)
    async with ClientSession(timeout=timeout) as session, session.get(url, params=query) as response:
        return {"status": response.status, "verified": response.status == 200 and await response.text() == _CHALLENGE}
