"""Keys and people on the HTTP side."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from sender_service.api.shapes.parts import Answer, Request, Text

RoleName = Literal["SELLER", "MANAGER", "ADMIN", "OWNER"]
Email = Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")]
Password = Annotated[str, Field(min_length=12, max_length=200)]


class ApiKey(Answer):
    """A key without its secret."""

    id: int
    name: str
    role: RoleName
    prefix: str
    created_by: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class NewApiKey(Request):
    name: Text
    role: RoleName = Field(description="At most the role of the key that asks.")
    expires_at: AwareDatetime | None = None


class CreatedApiKey(ApiKey):
    key: str = Field(description="The bearer key itself: shown this once and stored nowhere.")


class User(Answer):
    id: int
    email: str
    name: str
    role: RoleName
    disabled_at: datetime | None
    last_login_at: datetime | None
    created_at: datetime


class NewUser(Request):
    email: Email
    name: Text
    role: RoleName
    password: Password | None = Field(None, description="Without one the person cannot log in to the console yet.")


class UserChange(Request):
    """What is left out stays."""

    name: Text | None = None
    role: RoleName | None = None
    password: Password | None = None
    disabled: bool | None = None
