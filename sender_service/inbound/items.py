"""What a webhook is made of, once parsed: flat tuples, because hundreds of them are made per batch.

`webhook` is the index of the webhook within its batch. Times are Meta's; `EPOCH` where Meta's could not be read.
"""

from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeAlias

from shared.contracts.events import DomainEvent

EPOCH: Final = datetime.fromtimestamp(0, UTC)


class Media(NamedTuple):
    """A file Meta holds for us under `id`; `sha256` is the digest of its content, if Meta told it."""

    id: str
    mime_type: str | None
    sha256: bytes | None
    filename: str | None


class Sender(NamedTuple):
    """What one webhook says about a person; `phone` is the folded form of `wa_id`."""

    wa_id: str | None
    phone: str | None
    bsuid: str | None
    parent_bsuid: str | None = None
    username: str | None = None
    name: str | None = None


class Shown(NamedTuple):
    """What a person reads: Meta's text, or a placeholder in the organization's language with an optional detail."""

    text: str | None
    placeholder: str | None = None
    detail: str = ""


class Change(NamedTuple):
    """A customer's number or user id became another one."""

    wa_id: str | None
    phone: str | None
    bsuid: str | None
    parent_bsuid: str | None


class Message(NamedTuple):
    webhook: int
    phone_number_id: str
    wamid: str
    sender: Sender
    at: datetime
    type: str
    raw: str
    shown: Shown
    context_wamid: str | None
    group_id: str | None
    error_code: int | None
    error_message: str | None
    warning: str | None
    referral: bool
    media: Media | None
    change: Change | None


class Status(NamedTuple):
    webhook: int
    phone_number_id: str
    wamid: str
    callback: str | None
    status: str
    participant: str
    at: datetime
    error_code: int | None
    error_message: str | None
    pricing: str | None
    item: dict[str, Any]


class Preference(NamedTuple):
    """A customer's wish about marketing messages."""

    webhook: int
    phone_number_id: str
    sender: Sender
    at: datetime
    stop: bool


class AccountChange(NamedTuple):
    """A change of any other field, kept whole; `value` is Meta's object, `at` Meta's time if it told one."""

    webhook: int
    account_id: str | None
    phone_number_id: str | None
    field: str
    value: Any
    at: datetime | None
    received_at: datetime


class SetAside(NamedTuple):
    """An item that cannot be a row of its own; `phone_number_id` where its change names one."""

    webhook: int
    phone_number_id: str | None
    reason: str
    raw: str


# An event, and the webhook of the batch it comes from.
Told: TypeAlias = tuple[int, DomainEvent]


class Batch(NamedTuple):
    """Everything found in a batch of webhooks. `malformed` maps a webhook to why it could not be read."""

    messages: list[Message]
    statuses: list[Status]
    preferences: list[Preference]
    account: list[AccountChange]
    set_aside: list[SetAside]
    malformed: dict[int, str]
