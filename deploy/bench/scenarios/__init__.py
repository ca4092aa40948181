"""The ten scenarios by name, in the order of the table."""

from collections.abc import Awaitable, Callable, Mapping

from deploy.bench.figures import Result
from deploy.bench.rig import Rig
from deploy.bench.scenarios import backlog, committed, growth, ingress, sending, whole

Scenario = Callable[[Rig], Awaitable[Result]]

SCENARIOS: Mapping[str, Scenario] = {
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
