"""Meta's limit between one number and one recipient: a bucket of 45 messages, one of which comes back every 6 seconds.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/throughput (pair rate limits). Times are
seconds of a monotonic clock, given by the caller.
"""

from dataclasses import dataclass

INTERVAL_SECONDS = 6.0
BURST = 45
FULL_SECONDS = INTERVAL_SECONDS * BURST
NEAR_SECONDS = 2.0
_NEVER = float("-inf")
_SWEEP_EVERY = 4096


@dataclass(slots=True)
class _Bucket:
    """When the bucket is full again: `near` counts what goes now, `far` also what each lane was put off for later."""

    near: float = _NEVER
    far_priority: float = _NEVER
    far_bulk: float = _NEVER

    def far(self, lane: str) -> float:
        return self.far_priority if lane == "priority" else self.far_bulk

    def set_far(self, lane: str, value: float) -> None:
        if lane == "priority":
            self.far_priority = value
        else:
            self.far_bulk = value

    def full_at(self) -> float:
        return max(self.near, self.far_priority, self.far_bulk)


class PairPace:
    """The buckets of one number's recipients.

    A new owner does not know what the one before it sent: it lends no burst until a full bucket has come back (270 s).
    """

    __slots__ = ("_buckets", "_no_burst_until", "_since_sweep")

    def __init__(self, *, no_burst_until: float = _NEVER) -> None:
        self._buckets: dict[str, _Bucket] = {}
        self._no_burst_until = no_burst_until
        self._since_sweep = 0

    def reserve(self, recipient: str, lane: str, now: float, *, returning: bool = False) -> float:
        """The moment the next message may go to this recipient.

        Up to 2 s ahead the place is taken; further ahead the message is to be put off until then, and comes back
        `returning`. The priority lane overtakes what bulk was put off.
        """
        bucket = self._bucket(recipient, now)
        lent = self._lent(now)
        turn = max(now, bucket.near - lent)
        far = bucket.far(lane)
        if not returning and far > bucket.near:
            turn = max(turn, far - lent)
        if turn - now <= NEAR_SECONDS:
            bucket.near = max(bucket.near, now) + INTERVAL_SECONDS
        elif not returning:
            bucket.set_far(lane, max(far, bucket.near, now) + INTERVAL_SECONDS)
        return turn

    def is_free(self, recipient: str, lane: str, now: float) -> bool:
        """Whether one more message could go to this recipient at once."""
        bucket = self._bucket(recipient, now)
        return max(bucket.near, bucket.far(lane)) - self._lent(now) <= now

    def room(self, recipient: str, now: float) -> int:
        """How many more messages could go to this recipient at once."""
        free = now + self._lent(now) - self._bucket(recipient, now).near
        return BURST if free == float("inf") else max(0, int(free // INTERVAL_SECONDS) + 1)

    def put_off(self, recipient: str, lane: str, now: float, *, behind: int) -> float:
        """The moment for one more message when so many wait in memory to go before it."""
        bucket = self._bucket(recipient, now)
        taken = max(bucket.near, now) + behind * INTERVAL_SECONDS
        far = max(bucket.far(lane), taken)
        bucket.set_far(lane, far + INTERVAL_SECONDS)
        return max(now, far - self._lent(now))

    def block(self, recipient: str, until: float) -> None:
        """Meta said too fast for this recipient: nothing goes to it before `until`, and no burst then."""
        bucket = self._bucket(recipient, until)
        bucket.near = max(bucket.near, until + FULL_SECONDS - INTERVAL_SECONDS)

    def __len__(self) -> int:
        return len(self._buckets)

    def _lent(self, now: float) -> float:
        return 0.0 if now < self._no_burst_until else FULL_SECONDS - INTERVAL_SECONDS

    def _bucket(self, recipient: str, now: float) -> _Bucket:
        """Full buckets are forgotten now and then: memory holds only recipients of the last minutes."""
        self._since_sweep += 1
        if self._since_sweep >= _SWEEP_EVERY:
            self._since_sweep = 0
            self._buckets = {name: bucket for name, bucket in self._buckets.items() if bucket.full_at() > now}
        bucket = self._buckets.get(recipient)
        if bucket is None:
            bucket = self._buckets[recipient] = _Bucket()
        return bucket
