"""What a proxied connection is to suffer; plain values, changed between faults by whoever holds the proxy."""

from dataclasses import dataclass


@dataclass(slots=True)
class Faults:
    """Times in seconds.

    `half_open`: bytes of both directions are swallowed while both connections stay open.
    `cut_after`: a connection is reset once so many bytes of an answer have passed.
    `lose_answers`: so many answers are swallowed after the request was delivered whole, each followed by a reset.
    `refuse`: new connections are reset at once.
    """

    latency: float = 0.0
    jitter: float = 0.0
    half_open: bool = False
    cut_after: int | None = None
    lose_answers: int = 0
    refuse: bool = False
