"""Phone numbers on the HTTP side."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from sender_service.api.shapes.parts import Answer, Request, Text

PHONE = r"^\+[1-9][0-9]{6,14}$"


def _visible(token: str) -> str:
    """It stands in a header of every call to Meta."""
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("has characters that no access token has")
    return token


AccessToken = Annotated[
    str,
    Field(min_length=1, max_length=1000, description="Stored encrypted and never shown."),
    AfterValidator(_visible),
]


class Number(Answer):
    """A number with everything that may stop it."""

    id: str
    business_account_id: str
    display_phone_number: str
    country: str | None
    verified_name: str | None
    quality: str | None
    messaging_limit: str | None
    status: str | None
    throughput: int = Field(description="Messages per second: Meta's tier.")
    cap_per_second: int | None
    cap_per_hour: int | None
    cap_per_day: int | None
    is_paused: bool
    pause_reason: str | None
    paused_at: datetime | None
    credential_paused_at: datetime | None
    held_until: datetime | None
    has_token: bool
    token_set_at: datetime | None
    health: Any
    health_at: datetime | None
    registered_at: datetime | None
    created_at: datetime


class Usage(Answer):
    """What the current windows have taken; what the caps are measured against."""

    hour: int
    day: int


class NumberDetail(Number):
    backlog: dict[str, int] = Field(description="Messages that wait, by state.")
    usage: Usage = Field(description="Messages handed to Meta in this hour and on this day, in UTC.")


class NewNumber(Request):
    """Register a number that Meta already knows."""

    id: str = Field(pattern=r"^[0-9]{1,32}$", description="Meta's phone number id.")
    business_account_id: str = Field(pattern=r"^[0-9]{1,32}$")
    phone: str = Field(pattern=PHONE)
    token: AccessToken | None = None


class NumberChange(Request):
    """What is left out stays; a cap of 0 takes the cap away."""

    phone: str | None = Field(None, pattern=PHONE)
    throughput: int | None = Field(None, ge=1, le=1000)
    cap_per_second: int | None = Field(None, ge=0, le=1000)
    cap_per_hour: int | None = Field(None, ge=0, le=10_000_000)
    cap_per_day: int | None = Field(None, ge=0, le=100_000_000)


class Pause(Request):
    reason: Text


class Token(Request):
    token: AccessToken


class Finding(Answer):
    check: str
    ok: bool
    sentence: str = Field(description="In plain words; when something is wrong, what to do about it.")


class TestReport(Answer):
    ok: bool
    findings: list[Finding]


class Subscription(Request):
    """Both left out: the webhooks go where the app's settings say."""

    callback_url: str | None = Field(None, pattern=r"^https://[^\s\x00-\x1f]+$", max_length=200)
    verify_token: str | None = Field(None, min_length=1, max_length=200)


class Subscribed(Answer):
    business_account_id: str
    apps: int = Field(description="Apps that get the account's webhooks now.")


class Profile(Answer):
    about: str | None = None
    address: str | None = None
    description: str | None = None
    email: str | None = None
    profile_picture_url: str | None = None
    websites: list[str] = Field(default_factory=list)
    vertical: str | None = None
