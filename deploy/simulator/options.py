"""What the simulator can be told at its start and, but for the addresses, by `POST /_sim/options` later."""

from dataclasses import dataclass, fields
from typing import Any, Final, get_type_hints

WABA_ID: Final = "102290129340398"
_FIXED: Final = frozenset({"host", "port", "seed", "webhook_connections"})


@dataclass(slots=True, kw_only=True)
class Options:
    """Durations end in their unit. Switches that are off let a newcomer send without set-up."""

    host: str = "127.0.0.1"
    port: int = 0
    webhook_url: str = ""
    app_secret: str = "simulator-secret"  # noqa: S105 - the bundled stack's own, known to everybody
    verify_token: str = "simulator-verify"  # noqa: S105
    waba_id: str = WABA_ID
    seed: int = 1
    latency_ms: float = 20.0
    jitter_ms: float = 0.0
    statuses: str = "sent,delivered,read"
    status_delay_s: float = 0.05
    updates_per_webhook: int = 20
    webhook_connections: int = 16
    webhook_timeout_s: float = 20.0
    retry_first_s: float = 0.2
    retry_max_s: float = 5.0
    retry_for_s: float = 7 * 86400.0
    strict: bool = False
    enforce_throughput: bool = False
    default_throughput: int = 80
    enforce_pair: bool = False
    enforce_window: bool = False
    portfolio_limit: int = 0
    rewrite_wa_ids: bool = False
    media_url_ttl_s: float = 300.0
    template_review_s: float = 1.0

    def change(self, changes: dict[str, Any]) -> None:
        """Set several at once; ValueError names an unknown or fixed one, or one of the wrong kind."""
        kinds = get_type_hints(type(self))
        checked = {name: _checked(name, value, kinds) for name, value in changes.items()}
        for name, value in checked.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """For `GET /_sim/options`; the app secret is left out."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "app_secret"}


def _checked(name: str, value: Any, kinds: dict[str, type]) -> Any:
    kind = kinds.get(name)
    if kind is None or name in _FIXED:
        raise ValueError(f"{name}: no such option, or fixed at the start")
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise ValueError(f"{name}: must be {kind.__name__}")
    return value
