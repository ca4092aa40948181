"""The ten scenarios by name, in the order of the table, and those that run only when they are named."""

from collections.abc import Awaitable, Callable

from deploy.bench.figures import Result
from deploy.bench.rig import Rig
from deploy.bench.scenarios import backlog, committed, flat, growth, ingress, passwords, reading, sending, whole

Scenario = Callable[[Rig], Awaitable[Result]]

SCENARIOS: dict[str, Scenario] = {
    "ingress_confirmed": ingress.confirmed,
    "ingress_offered": ingress.offered,
    "inbound": committed.inbound,
    "statuses": committed.statuses,
    "send_unpaced": sending.unpaced,
    "idle_latency": sending.idle_latency,
    "whole": whole.whole,
    "growth": growth.growth,
    "backlog": backlog.backlog,
    "many_numbers": sending.many_numbers,
}
EXTRA: dict[str, Scenario] = {
    "reading": reading.reading,
    "passwords": passwords.passwords,
    "statuses_flat": flat.flat,
}
