"""Collects the lists a regime is judged by: both journals, the simulator's ledger, and what Postgres holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import psycopg

from deploy.chaos import journal, pictures
from deploy.chaos.arena import ECHO_WINDOW, Arena
from deploy.chaos.verdict import Command, Logged, Processed, Truth
from deploy.stand.meta_bodies import PRIVATE

_OUTBOUND = """
select log.id, log.text, coalesce(queue.state, log.status), log.attempt, log.recipient
from colomba.message_log log left join colomba.send_queue queue on queue.message_id = log.id
where log.direction = 'outbound'
"""
_INBOUND = "select external_id from colomba.message_log where direction = 'inbound'"
_COMMITTED = "select extract(epoch from processed_at)::float8 from colomba.webhook_log order by processed_at"
_DEAD = "select body from colomba.dead_letters"
# What still moves: rows to send, unknowns that will be sent again, statuses that wait for their message.
_MOVING = """
select (select count(*) from colomba.send_queue)
     + (select count(*) from colomba.unknown_sends where on_unknown = 'resend')
     + (select count(*) from colomba.parked_statuses)
     + (select count(*) from colomba.media_files where status = 'pending' and direction = 'inbound')
"""


@dataclass(frozen=True, slots=True)
class Collected:
    """The truth, what happened when (wall clock, sorted), and how much was asked for."""

    truth: Truth
    series: Mapping[str, Sequence[float]]
    commands: int
    webhooks: int
    strangers: tuple[str, ...] = ()


def collect(arena: Arena, run: str) -> Collected:
    """Read everything once the regime has drained."""
    commands = _commands(journal.read(Path(arena.journal(run, "commanded"))))
    posted = list(journal.read(Path(arena.journal(run, "posted"))))
    with psycopg.connect(arena.stand.dsn) as connection:
        outbound = connection.execute(_OUTBOUND).fetchall()
        inbound = [str(row[0]) for row in connection.execute(_INBOUND)]
        committed = [float(row[0]) for row in connection.execute(_COMMITTED)]
        dead = frozenset(filter(None, (_id_of(bytes(row[0])) for row in connection.execute(_DEAD))))
    keys = {int(row[0]): _key(row[1]) for row in outbound}
    ledger, strangers = _ledger(arena, keys, commands)
    truth = Truth(
        commands=list(commands.values()),
        ledger=ledger,
        logged=[Logged(_key(row[1]), str(row[2]), int(row[3])) for row in outbound],
        acknowledged_wamids=[str(line["wamid"]) for line in posted],
        stored_wamids=[wamid for wamid in inbound if wamid.startswith(f"wamid.{run}.")],
        echo_window=ECHO_WINDOW,
        dead_keys=dead,
        pictures=tuple(arena.pictures),
        kept_pictures=pictures.kept(arena.stand.dsn, arena.stand.media) if arena.pictures else (),
        stray_files=pictures.strays(arena.stand.dsn, arena.stand.media) if arena.pictures else 0,
    )
    series = {
        "posted": sorted(float(line["at"]) for line in posted),
        "commanded": sorted(command.confirmed_at for command in commands.values() if command.confirmed_at),
        "committed": committed,
        "sent": sorted(entry.at for entry in ledger),
    }
    return Collected(truth, series, len(commands), len(posted), strangers)


def _commands(lines: Iterable[Mapping[str, Any]]) -> dict[str, Command]:
    begun: dict[str, dict[str, Any]] = {}
    for line in lines:
        begun.setdefault(line["key"], {"confirmed_at": None}).update(line)
    return {key: Command(**facts) for key, facts in begun.items()}


def _ledger(
    arena: Arena, keys: Mapping[int, str], commands: Mapping[str, Command]
) -> tuple[list[Processed], tuple[str, ...]]:
    """Each entry with its command; strangers are entries that no command asked for, or that went to another person."""
    entries, strangers = [], []
    echoes_came = not arena.ask("summary")["webhooks"].get("updates_lost")
    for message in pages(arena):
        _, message_id, attempt = str(message["callback_data"]).split(".")
        key = keys.get(int(message_id), f"message {message_id}")
        command = commands.get(key)
        if command is None or command.recipient != message["to"] or command.number != message["phone_number_id"]:
            strangers.append(f"attempt {message['callback_data']} belongs to no command or to another recipient")
        entries.append(Processed(key, message["callback_data"], int(attempt), message["wall"], echoed=echoes_came))
    return entries, tuple(strangers)


def pages(arena: Arena) -> Iterable[Mapping[str, Any]]:
    """Every entry of the simulator's ledger."""
    after: int | None = -1
    while after is not None:
        page = arena.ask(f"ledger?limit=10000&after={after}")
        yield from page["messages"]
        after = page["next"]


def _key(text: object) -> str:
    """The command's key, which stands in the message's own text behind the words no log may hold."""
    return str(text).removeprefix(PRIVATE).strip()


def _id_of(body: bytes) -> str | None:
    try:
        command = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return str(command["id"]) if isinstance(command, dict) and "id" in command else None


def moving(arena: Arena) -> dict[str, int]:
    """What has not come to rest yet: rows, and webhooks the simulator still has to deliver."""
    with psycopg.connect(arena.stand.dsn, connect_timeout=5) as connection:
        row = connection.execute(_MOVING).fetchone()
    summary = arena.ask("summary")
    waiting = summary["webhooks"]["backlog"] + summary["statuses"]["waiting"]
    return {"rows": int(row[0]) if row else 0, "webhooks": int(waiting)}
