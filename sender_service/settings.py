"""Every setting of the sender, read once in `__main__`.

Prefix SENDER_, with the single-number WHATSAPP_ names as fallback.
"""

from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, ValidationError

from shared import settings

META_GRAPH_URL: Final = "https://graph.facebook.com"


def _seconds(value: object) -> object:
    """A bare number is seconds; everything else is what pydantic reads as a duration (00:15:00, PT15M)."""
    if isinstance(value, str) and value.strip().isdigit():
        return timedelta(seconds=int(value))
    return value


Duration = Annotated[timedelta, BeforeValidator(_seconds)]


def _named(*names: str) -> AliasChoices:
    return AliasChoices(*names)


class SettingRefused(Exception):
    """A setting is missing or unusable; the sentence names the variable and what to do, never the value."""

    def __init__(self, variable: str, sentence: str) -> None:
        super().__init__(f"{variable}: {sentence}")
        self.variable = variable


class Settings(settings.Settings, env_prefix="SENDER_"):
    """The sender's settings. SENDER_ names win over WHATSAPP_ ones; secrets can come from files."""

    amqp_url: SecretStr = Field(SecretStr("amqp://guest:guest@127.0.0.1:5672/"), description="The broker.")
    postgres_dsn: SecretStr = Field(
        SecretStr("postgresql://colomba:colomba@127.0.0.1:5432/colomba"), description="The database."
    )
    postgres_pool: int = Field(
        10, ge=2, le=100, description="Most database connections of this process; for the API's lists as many again."
    )
    graph_url: str = Field(META_GRAPH_URL, description="Where the Cloud API answers.")
    graph_version: str = Field(
        "v25.0",
        pattern=r"^v\d+\.\d+$",
        validation_alias=_named("SENDER_GRAPH_VERSION", "WHATSAPP_API_VERSION"),
        description="Version of the Graph API.",
    )
    host: str = Field("0.0.0.0", description="Address to listen on.")
    port: int = Field(8081, ge=0, le=65535, description="Port of health, metrics and, in the api role, the API.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level logged.")

    encryption_keys: SecretStr = Field(
        SecretStr(""), description="Comma-separated keys for tokens at rest; the first encrypts, all decrypt."
    )
    media_url: str = Field(
        "file:./media", description="Where media are kept: file:<directory> or s3://<bucket>/<prefix>."
    )
    auto_mark_read: bool = Field(False, description="Tell Meta at once that every inbound message was read.")
    default_country_code: str | None = Field(
        None, max_length=3, description="Country calling code or region of national numbers, e.g. 39 or IT."
    )
    echo_window: Duration = Field(
        timedelta(minutes=15), description="How long an unknown send waits for Meta's echo before it is announced."
    )
    api_rate: float = Field(50, gt=0, description="Requests per second of one API key; bursts of twice that pass.")

    api_failures: float = Field(
        1200, gt=0, description="Requests without a good API key, of one client address per minute; then 429 unasked."
    )

    keep_raw_webhooks: int = Field(30, ge=1, description="Days raw webhooks are kept.")
    keep_attempts: int = Field(90, ge=1, description="Days attempts and status histories are kept.")
    keep_media: int = Field(90, ge=1, description="Days media files are kept.")
    keep_parked: int = Field(30, ge=1, description="Days statuses without a message are kept.")
    keep_claim_keys: int = Field(
        30, ge=1, description="Days a command key is remembered; a later repeat is a new command."
    )

    phone_number_id: str | None = Field(
        None,
        validation_alias=_named("SENDER_PHONE_NUMBER_ID", "WHATSAPP_PHONE_NUMBER_ID"),
        description="The number of a single-number setup.",
    )
    business_account_id: str | None = Field(
        None,
        validation_alias=_named("SENDER_BUSINESS_ACCOUNT_ID", "WHATSAPP_BUSINESS_ACCOUNT_ID", "WHATSAPP_WABA_ID"),
        description="Its business account.",
    )
    access_token: SecretStr | None = Field(
        None,
        validation_alias=_named("SENDER_ACCESS_TOKEN", "WHATSAPP_ACCESS_TOKEN", "WHATSAPP_API_TOKEN"),
        description="Its access token; used and never stored.",
    )
    webhook_url: str | None = Field(
        None,
        validation_alias=_named("SENDER_WEBHOOK_URL", "WHATSAPP_WEBHOOK_URL"),
        description="Public address of the webhook, for subscribing a number.",
    )

    @property
    def encryption_key_list(self) -> list[str]:
        return [key.strip() for key in self.encryption_keys.get_secret_value().split(",") if key.strip()]


def load_settings() -> Settings:
    """Read the environment; raise `SettingRefused` with a sentence naming the variable, never its value."""
    try:
        loaded = Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise SettingRefused(_variable(str(first["loc"][0])), first["msg"]) from None
    except OSError as error:
        raise SettingRefused("settings", f"a file named by a ..._FILE variable cannot be read: {error}") from None
    if (loaded.phone_number_id is None) != (loaded.business_account_id is None):
        missing = "PHONE_NUMBER_ID" if loaded.phone_number_id is None else "BUSINESS_ACCOUNT_ID"
        raise SettingRefused(f"WHATSAPP_{missing}", "a single-number setup needs the number and its business account")
    return loaded


def _variable(location: str) -> str:
    """The variable's name of a field, or of the alias that was read."""
    return location if location.isupper() else f"SENDER_{location.upper()}"
