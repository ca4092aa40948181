"""The doors that `reading` knocks at, as paths below /api/v1 by name; pure but for chance."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

CHOICES = 400
Door = dict[str, object]


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to ask for."""

    messages: int
    conversations: int
    numbers: Sequence[str]
    users: Sequence[int]


def doors(known: Known) -> dict[str, Door]:
    """Each door with the paths a client chooses from; `follows`: it goes on with the cursor of the answer."""
    named = _inbox(known) | _messages(known) | _narrow(known) | _search() | _contacts()
    asked: dict[str, Door] = {name: {"paths": paths} for name, paths in named.items()}
    followed: dict[str, Door] = {f"{name}, next pages": {"paths": named[name], "follows": True} for name in FOLLOWED}
    return asked | followed


FOLLOWED = ("inbox", "messages", "search 1,000,000", "search 1,000", "one conversation")


def _inbox(known: Known) -> dict[str, list[str]]:
    inbox = "/conversations?limit=50"
    return {
        "inbox": [inbox],
        "inbox, page 1,000": [f"{inbox}&page=1000"],
        "inbox, pending": [f"{inbox}&status=pending"],
        "inbox, unread": [f"{inbox}&unread=true"],
        "inbox, unassigned": [f"{inbox}&unassigned=true"],
        "inbox, assigned to": [f"{inbox}&assigned_to_id={user}" for user in known.users],
        "inbox, of a number": [f"{inbox}&phone_number_id={number}" for number in known.numbers],
        "inbox, by name": [f"{inbox}&q=Family{n}" for n in range(10)],
    }


def _messages(known: Known) -> dict[str, list[str]]:
    messages = "/messages?limit=50"
    return {
        "messages": [messages],
        "messages, page 1,000": [f"{messages}&page=1000"],
        "messages, inbound": [f"{messages}&direction=inbound"],
        "messages, read": [f"{messages}&status=read"],
        "messages, failed": [f"{messages}&status=failed"],
        "messages, unknown": [f"{messages}&status=unknown"],
        "messages, played (none)": [f"{messages}&status=played"],
        "messages, queued (none)": [f"{messages}&status=queued"],
        "messages, images": [f"{messages}&type=image"],
        "messages, stickers (none)": [f"{messages}&type=sticker"],
        "messages, of a number": [f"{messages}&phone_number_id={number}" for number in known.numbers],
        "messages, of another number (none)": [f"{messages}&phone_number_id=1"],
        "messages, of an hour": [f"{messages}&{_hour()}" for _ in range(CHOICES)],
    }


def _narrow(known: Known) -> dict[str, list[str]]:
    people = [random.randint(1, known.conversations) for _ in range(CHOICES)]
    return {
        "one conversation": [f"/conversations/{n}/messages?limit=50" for n in people],
        "messages of a contact": [f"/messages?limit=50&contact_id={n}" for n in people],
        "messages of a lead": [f"/messages?limit=50&lead_id={n}" for n in people],
        "messages of a campaign": [f"/messages?limit=50&campaign_id={n}" for n in range(1, 98)],
        "one message": [f"/messages/{random.randint(1, known.messages)}" for _ in range(CHOICES)],
    }


def _search() -> dict[str, list[str]]:
    search = "/messages?limit=50&q="
    return {
        "search 1": [f"{search}zanzibar"],
        "search 1,000": [f"{search}quetzal"],
        "search 1,000, all old": [f"{search}ancient"],
        "search 1,000,000": [f"{search}order"],
        "search 1,000,000, page 20": [f"{search}order&page=20"],
        "search none": [f"{search}nowhere"],
        "search in a conversation": [f"{search}order&conversation_id=13"],
    }


def _contacts() -> dict[str, list[str]]:
    contacts = "/contacts?limit=50"
    return {
        "contacts": [contacts],
        "contacts by a name of 1": [f"{contacts}&q=Unica"],
        "contacts by a name of 1,000": [f"{contacts}&q=Family{n}" for n in range(1, 10)],
        "contacts by a name of 100,000": [f"{contacts}&q=Maria"],
        "contacts by phone": [f"{contacts}&q=3934000{n}" for n in range(10, 50)],
        "contacts, tagged": [f"{contacts}&tag=vip"],
        "leads": ["/leads?limit=50"],
    }


def _hour() -> str:
    since = datetime.now(UTC) - timedelta(hours=random.randint(2, 24 * 170))
    return f"since={quote(since.isoformat())}&until={quote((since + timedelta(hours=1)).isoformat())}"


def slowest(figures: Mapping[str, Mapping[str, float]], field: str = "p95_ms") -> tuple[str, float]:
    """The door with the largest figure."""
    door = max(figures, key=lambda name: figures[name][field])
    return door, figures[door][field]
