"""Judges one fault regime from lists that were kept outside the services; pure, so that every fault can be fabricated.

Words: a command is *lost* when it was confirmed and nothing answers for it; *duplicated* when Meta processed one
attempt twice, or a further attempt that nobody had permitted; *held* when its outcome is unknown and Meta never saw it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

OPEN = frozenset({"queued", "scheduled", "retry_wait", "sending"})
GIVEN_UP = frozenset({"failed", "expired", "cancelled"})
CLAIMS_SENT = frozenset({"sent", "delivered", "read", "played"})


@dataclass(frozen=True, slots=True)
class Command:
    """One send command as its publisher knows it; `sequence` grows with the order of publishing."""

    key: str
    sequence: int
    number: str
    recipient: str
    lane: str
    resend: bool
    confirmed_at: float | None


@dataclass(frozen=True, slots=True)
class Processed:
    """One message that Meta (the simulator) processed; `at` in seconds, `echoed` once its status was answered 200."""

    key: str
    attempt_id: str
    attempt: int
    at: float
    echoed: bool


@dataclass(frozen=True, slots=True)
class Logged:
    """What the message log says about one command."""

    key: str
    status: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything one regime is judged by: three lists from outside and two from Postgres."""

    commands: Sequence[Command]
    ledger: Sequence[Processed]
    logged: Sequence[Logged]
    acknowledged_wamids: Sequence[str]
    stored_wamids: Sequence[str]
    echo_window: float
    dead_keys: frozenset[str] = frozenset()
    pictures: Sequence[str] = ()
    kept_pictures: Sequence[str] = ()
    stray_files: int = 0


@dataclass(slots=True)
class Verdict:
    """The counts of one regime, with one readable line per finding."""

    acknowledged: int = 0
    lost: int = 0
    duplicated: int = 0
    unknown_unsettled: int = 0
    held: int = 0
    unechoed: int = 0
    out_of_order: int = 0
    unfinished: int = 0
    resent: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """True when no promise was broken; a held or unechoed message is a visible doubt and breaks none."""
        return not (self.lost or self.duplicated or self.unknown_unsettled or self.out_of_order or self.unfinished)

    def note(self, counter: str, finding: str, count: int = 1) -> None:
        """Count a finding and keep its sentence."""
        setattr(self, counter, getattr(self, counter) + count)
        self.findings.append(f"{counter}: {finding}")


def judge(truth: Truth) -> Verdict:
    """Compare the lists of the load and of Meta with the database."""
    verdict = Verdict()
    confirmed = {command.key: command for command in truth.commands if command.confirmed_at is not None}
    verdict.acknowledged = len(confirmed) + len(set(truth.acknowledged_wamids)) + len(truth.pictures)
    _judge_webhooks(truth, verdict)
    _judge_pictures(truth, verdict)
    entries = _by_key(truth.ledger)
    rows = {row.key: row for row in truth.logged}
    _judge_rows(confirmed.values(), rows, entries, dead_keys=truth.dead_keys, verdict=verdict)
    _judge_repeats(truth, entries, verdict)
    _judge_order(confirmed, entries, verdict)
    return verdict


def _by_key(ledger: Iterable[Processed]) -> dict[str, list[Processed]]:
    entries: dict[str, list[Processed]] = defaultdict(list)
    for entry in sorted(ledger, key=lambda processed: processed.at):
        entries[entry.key].append(entry)
    return entries


def _judge_webhooks(truth: Truth, verdict: Verdict) -> None:
    stored = Counter(truth.stored_wamids)
    for wamid in dict.fromkeys(truth.acknowledged_wamids):
        if not stored[wamid]:
            verdict.note("lost", f"webhook {wamid} was answered 200 and is not in Postgres")
    for wamid, count in stored.items():
        if count > 1:
            verdict.note("duplicated", f"webhook {wamid} is in Postgres {count} times", count - 1)


def _judge_pictures(truth: Truth, verdict: Verdict) -> None:
    kept = Counter(truth.kept_pictures)
    for wamid in truth.pictures:
        if not kept[wamid]:
            verdict.note("lost", f"picture {wamid} was announced and is not kept whole")
    if truth.stray_files:
        verdict.note("unfinished", f"{truth.stray_files} files lie on the disk that no row knows", truth.stray_files)


def _judge_rows(
    confirmed: Iterable[Command],
    rows: Mapping[str, Logged],
    entries: Mapping[str, Sequence[Processed]],
    *,
    dead_keys: frozenset[str],
    verdict: Verdict,
) -> None:
    for command in confirmed:
        row = rows.get(command.key)
        if row is None:
            where = "a dead letter" if command.key in dead_keys else "nowhere"
            verdict.note("lost", f"command {command.key} was confirmed and is {where}")
        else:
            _judge_row(row, entries.get(command.key, ()), verdict)


def _judge_row(row: Logged, entries: Sequence[Processed], verdict: Verdict) -> None:
    if row.status in OPEN:
        verdict.note("unfinished", f"command {row.key} is still {row.status}")
    elif row.status in CLAIMS_SENT and not entries:
        verdict.note("lost", f"command {row.key} is logged as {row.status} and Meta never saw it")
    elif row.status == "unknown" and any(entry.echoed for entry in entries):
        verdict.note("unknown_unsettled", f"command {row.key} is unknown although its echo was delivered")
    elif row.status == "unknown" and not entries:
        verdict.note("held", f"command {row.key} is unknown and Meta never saw it")
    elif row.status == "unknown":
        verdict.note("unechoed", f"command {row.key} is unknown and Meta's echo never came")
    elif row.status in GIVEN_UP and entries:
        verdict.note("lost", f"command {row.key} is logged as {row.status} and Meta processed it")
    elif row.status in GIVEN_UP:
        verdict.note("lost", f"command {row.key} was sound and is logged as {row.status}")


def _judge_repeats(truth: Truth, entries: Mapping[str, Sequence[Processed]], verdict: Verdict) -> None:
    resendable = {command.key for command in truth.commands if command.resend}
    for attempt_id, count in Counter(entry.attempt_id for entry in truth.ledger).items():
        if count > 1:
            verdict.note("duplicated", f"attempt {attempt_id} was processed {count} times", count - 1)
    for key, processed in entries.items():
        if key in resendable and processed[0].attempt > 1:
            verdict.resent += 1
        first_of = list({entry.attempt_id: entry for entry in reversed(processed)}.values())[::-1]
        for before, after in pairwise(first_of):
            if key in resendable and after.at - before.at >= truth.echo_window:
                verdict.resent += 1
            else:
                verdict.note("duplicated", f"command {key}: attempt {after.attempt} was not permitted")


def _judge_order(
    confirmed: Mapping[str, Command], entries: Mapping[str, Sequence[Processed]], verdict: Verdict
) -> None:
    """Per (number, recipient, lane), Meta must see the commands in the order of publishing; resends stand outside."""
    lines: dict[tuple[str, str, str], list[tuple[float, Command]]] = defaultdict(list)
    for key, processed in entries.items():
        command = confirmed.get(key)
        if command is None or (command.resend and processed[0].attempt > 1):
            continue
        lines[command.number, command.recipient, command.lane].append((processed[0].at, command))
    for line in lines.values():
        line.sort(key=lambda seen: seen[0])
        for (_, before), (_, after) in pairwise(line):
            if after.sequence < before.sequence:
                verdict.note("out_of_order", f"command {after.key} was processed after {before.key}")
