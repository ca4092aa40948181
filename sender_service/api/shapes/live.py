"""The live stream on the HTTP side."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints


def _listed(value: object) -> object:
    return [part for part in value.split(",") if part] if isinstance(value, str) else value


class LiveQuery(BaseModel):
    """What is heard; nothing given hears everything."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}(\.[a-z_]{1,40})?$")]], BeforeValidator(_listed)
    ] = Field(
        default_factory=list,
        max_length=20,
        description="Comma-separated names of events, or their first words: `message,conversation.assigned`.",
    )
