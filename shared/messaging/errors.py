"""What can go wrong between us and the broker, and what each means for the message in hand.

Unprocessable      this message can never be handled: dead-letter it
NeighbourAway      nobody is at fault and nothing is decided: keep it and try again
PublishFailed      a publish did not succeed
  Unroutable       certainly not: no queue is bound for it
  Unconfirmed      unknown: no answer in time, or the connection broke before one came
  BrokerAway       certainly not: nothing was sent
ConsumerStopped    too many messages in a row failed for reasons of our own: stop, loudly
"""

from __future__ import annotations


class Unprocessable(Exception):
    """The message itself is at fault and no repetition will help."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class NeighbourAway(Exception):
    """Something we depend on does not answer; the same work may succeed once it does."""

    def __init__(self, neighbour: str, detail: str = "") -> None:
        super().__init__(f"{neighbour} is away: {detail}" if detail else f"{neighbour} is away")
        self.neighbour = neighbour
        self.detail = detail


class PublishFailed(Exception):
    """A message was not confirmed by the broker."""


class Unroutable(PublishFailed):
    """The broker took the message and found no queue for it."""


class Unconfirmed(PublishFailed):
    """No confirmation came; the message may or may not be stored."""


class BrokerAway(PublishFailed):
    """There is no connection to the broker; nothing was sent."""


class ConsumerStopped(Exception):
    """Messages fail one after the other for reasons of our own; going on would empty the queue into the bin."""
