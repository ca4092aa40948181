"""The table of regimes: what strikes, how often by default, and by which acknowledgement recovery is measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from deploy.chaos import soak, strikes
from deploy.chaos.arena import SERVICES
from deploy.proxy import Faults
from deploy.stand.ground import Ground

NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Regime:
    """`series`: whose acknowledgements show recovery (`posted` 200s, `commanded` confirms, `committed`, `sent`).

    `goal_s` is the recovery promised, None where none is; `every` is about how long one fault takes; `clocked` services
    run by clocks that can be set; `rate` is its own load where it has one.
    """

    name: str
    strike: strikes.Fault
    series: str
    goal_s: float | None = None
    is_kill: bool = False
    every: float = 6
    pause: tuple[float, float] = (0.5, 3.0)
    proxied: bool = False
    by_rest: bool = False
    shares: Mapping[str, float] = field(default_factory=lambda: NOTHING)
    first: int = 5
    services: tuple[str, ...] = SERVICES
    ground: Ground = Ground.USUAL
    clocked: bool = False
    rate: float | None = None

    @property
    def stops_time(self) -> bool:
        """True where the worker's own clock cannot tell how long a call took."""
        return self.clocked or self.name == "freeze_worker"

    def faults(self, kills: int | None) -> int:
        """How many faults; KILLS counts for kills and restarts, a tenth of it for the rest."""
        if kills is None:
            return self.first
        return kills if self.is_kill else max(1, min(kills, max(3, kills // 10)))


def _still(_: object) -> Faults:
    return Faults(half_open=True)


def _slow(_: object) -> Faults:
    return Faults(latency=0.05, jitter=0.2)


def _cut(arena: object) -> Faults:
    return Faults(cut_after=arena.random.randint(1, 4000))  # type: ignore[attr-defined]


def _refuse(_: object) -> Faults:
    return Faults(refuse=True)


def _half_open(neighbour: str, series: str) -> Regime:
    strike = strikes.bad_network(neighbour, _still, 20)
    return Regime(f"{neighbour}_half_open", strike, series, proxied=True, every=25, pause=(5.0, 8.0), first=2)


_MEMORY = strikes.alarm(("set_vm_memory_high_watermark", "0.000001"), ("set_vm_memory_high_watermark", "0.6"))
_DISK = strikes.alarm(("set_disk_free_limit", "100000GB"), ("set_disk_free_limit", "100MB"))
_LATE_WEBHOOKS = MappingProxyType({"duplicated": 0.5, "late": 0.3})

REGIMES = (
    Regime("kill9_worker", strikes.kill_service("worker"), "committed", goal_s=3, is_kill=True),
    Regime("kill9_ingress", strikes.kill_service("ingress"), "posted", goal_s=3, is_kill=True),
    Regime("kill9_broker", strikes.kill_broker, "posted", goal_s=8, is_kill=True, every=12, pause=(3.0, 6.0)),
    Regime("kill9_postgres", strikes.kill_postgres, "committed", goal_s=2, is_kill=True),
    Regime("kill9_scheduler", strikes.kill_service("scheduler"), "committed", goal_s=3, is_kill=True),
    Regime("kill9_api", strikes.kill_service("api"), "commanded", goal_s=3, is_kill=True, by_rest=True),
    Regime("restart_broker", strikes.restart_broker, "posted", goal_s=8, is_kill=True, every=14, pause=(3.0, 6.0)),
    Regime("restart_postgres", strikes.restart_postgres, "committed", goal_s=2, is_kill=True),
    Regime("freeze_worker", strikes.freeze_service("worker"), "committed", every=40, first=2),
    Regime("freeze_ingress", strikes.freeze_service("ingress", 5, 30), "posted", every=20, first=2),
    Regime("freeze_scheduler", strikes.freeze_service("scheduler"), "committed", every=40, first=1),
    Regime("freeze_api", strikes.freeze_service("api", 5, 30), "commanded", every=20, first=1, by_rest=True),
    Regime("freeze_postgres", strikes.freeze_postgres(25), "committed", every=30, first=2),
    Regime("answers_lost", strikes.lose_answers, "sent", proxied=True, every=3, first=8),
    Regime("graph_slow", strikes.bad_network("graph", _slow, 4), "sent", proxied=True),
    Regime("graph_cut", strikes.bad_network("graph", _cut, 2, resets=True), "sent", proxied=True),
    Regime("graph_half_open", strikes.bad_network("graph", _still, 20), "sent", proxied=True, every=25, first=2),
    Regime("amqp_slow", strikes.bad_network("amqp", _slow, 5), "posted", proxied=True, every=8),
    Regime("amqp_cut", strikes.bad_network("amqp", _cut, 2, resets=True), "posted", proxied=True),
    _half_open("amqp", "posted"),
    Regime("postgres_slow", strikes.bad_network("postgres", _slow, 5), "committed", proxied=True, every=8),
    Regime("postgres_cut", strikes.bad_network("postgres", _cut, 2, resets=True), "committed", proxied=True),
    _half_open("postgres", "committed"),
    Regime("neighbours_refuse", strikes.bad_network("postgres", _refuse, 3, resets=True), "committed", proxied=True),
    Regime("everything_reset", strikes.reset_everything, "posted", proxied=True, every=4),
    Regime("alarm_memory", _MEMORY, "posted", every=10, first=3),
    Regime("alarm_disk", _DISK, "posted", every=10, first=3),
    Regime("webhooks_repeated_late", strikes.nothing, "posted", shares=_LATE_WEBHOOKS, first=5),
    Regime("meta_times_out", strikes.meta_fault(fault="accept_then_time_out", share=0.1), "sent"),
    Regime("meta_loses_answers", strikes.meta_fault(fault="answer_lost", share=0.2), "sent"),
    Regime("meta_errors", strikes.meta_fault(fault="server_error", share=0.2, processed=True), "sent"),
    Regime("meta_reorders", strikes.meta_fault(fault="webhook_reordered", share=0.5), "sent"),
    Regime("poison", strikes.poison, "committed", first=5),
    Regime("sigterm_worker", strikes.terminate_service("worker"), "committed", is_kill=True),
    Regime("sigterm_ingress", strikes.terminate_service("ingress"), "posted", is_kill=True),
    Regime("rolling_restart", strikes.rolling_restart, "committed", is_kill=True, every=8),
    Regime("clock_jump", strikes.jump_clock, "posted", every=8, clocked=True),
    Regime(
        "disk_full_postgres",
        strikes.fill_disk_of_postgres,
        "committed",
        goal_s=2,
        every=25,
        # Time to recover before the disk is full again, or the next recovery would be counted to this one.
        pause=(5.0, 8.0),
        first=2,
        ground=Ground.SMALL_DISKS,
    ),
    Regime("disk_full_media", strikes.fill_disk_of_media, "posted", every=12, first=3, ground=Ground.SMALL_DISKS),
    Regime("cluster_node_kill9", strikes.lose_node, "posted", goal_s=8, every=20, ground=Ground.CLUSTER),
)
# What `make test` runs: on neighbours that were given, so nothing of them is killed, only the ways to them are cut.
SHORT = Regime(
    "short",
    strikes.in_turn(
        strikes.kill_service("worker"),
        strikes.lose_answers,
        strikes.reset_everything,
        strikes.kill_service("ingress"),
    ),
    "posted",
    proxied=True,
    pause=(0.3, 1.0),
    services=("ingress", "worker", "scheduler"),
)
# Half of what the three numbers of the stand may send; `first` is one because it strikes nothing.
SOAK = Regime("soak", soak.hold, "posted", first=1, every=60, rate=soak.RATE)
BY_NAME = {regime.name: regime for regime in REGIMES}
