"""Notices that Meta says nothing at all: whatever goes out meanwhile would only become doubtful, call by call.

A call's own time-out comes after 30 s: at 80/s that would be 2,400 doubts, where 3 s of silence make 240.
"""

from sender_service.cloud_api.wire import Accepted, Answer, Doubtful, Refused
from shared import metrics
from shared.logging import get_logger

# Far above what Meta takes for an answer: not one of all the open calls got any.
SILENT_SECONDS = 3.0
# Fewer open calls prove nothing, and so few go out during a silence to find out whether it is over.
LEAST_OPEN = 5

_log = get_logger(__name__)


class Silence:
    """Counts one number's calls between first byte and answer. Times are seconds of a monotonic clock."""

    __slots__ = ("_heard", "_known", "_number", "_open", "_silent", "foresaw")

    def __init__(self, number: str) -> None:
        self._number = number
        self._open = 0
        self._heard = float("-inf")
        self._silent = False
        # Open calls that were given up for doubtful when the silence was noticed.
        self._known = 0
        self.foresaw = False

    def opened(self, now: float) -> None:
        """A first byte went out."""
        if not self._open and not self._silent:
            self._heard = now
        self._open += 1

    def ended(self, answer: Answer, now: float) -> None:
        """A call ended; any answer at all ends the silence, a time-out or a broken connection does not.

        `foresaw` says of a call without answer that it went out before the silence was noticed: its end is no news.
        """
        self._open -= 1
        self.foresaw = self._known > 0
        self._known -= self.foresaw
        if isinstance(answer, Accepted | Refused) or (isinstance(answer, Doubtful) and answer.status is not None):
            self._heard = now
            if self._silent:
                self._silent, self._known = False, 0
                _log.info("number.meta_answers_again", phone_number_id=self._number)

    def holds(self, now: float, *, pending: int) -> bool:
        """Whether nothing more may go for now; `pending` are on their way to their first byte."""
        if not self._silent and self._open >= LEAST_OPEN and now - self._heard >= SILENT_SECONDS:
            self._silent, self._known = True, self._open
            metrics.META_SILENCES.inc()
            _log.warning("number.meta_is_silent", phone_number_id=self._number, open_calls=self._open)
        return self._silent and self._open + pending >= LEAST_OPEN
