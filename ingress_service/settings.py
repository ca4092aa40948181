"""What an operator can say to the ingress. Without a secret it does not start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError
from pydantic_settings import SettingsConfigDict

from ingress_service.errors import ConfigurationError
from ingress_service.webhook import App
from shared.settings import Settings as SharedSettings

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class Settings(SharedSettings):
    """Read once in `__main__`; the WHATSAPP_ names are for a single-number set-up and lose against INGRESS_ ones."""

    model_config = SettingsConfigDict(env_prefix="INGRESS_")

    amqp_url: str = "amqp://guest:guest@127.0.0.1:5672/"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    log_level: LogLevel = "INFO"
    app_secrets: SecretStr | None = Field(
        None, validation_alias=AliasChoices("INGRESS_APP_SECRETS", "WHATSAPP_APP_SECRET")
    )
    verify_token: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("INGRESS_VERIFY_TOKEN", "WHATSAPP_VERIFY_TOKEN", "WHATSAPP_WEBHOOK_VERIFY_TOKEN"),
    )
    apps_file: Path | None = None
    body_timeout: Annotated[float, Field(gt=0)] = 10.0
    max_held_bytes: Annotated[int, Field(ge=4 * 1024 * 1024)] = 256 * 1024 * 1024
    publish_timeout: Annotated[float, Field(gt=0)] = 4.0
    shutdown_grace: Annotated[float, Field(gt=0)] = 10.0


class _AppEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    secrets: Annotated[list[str], Field(min_length=1)]
    verify_token: str = ""


_APPS_FILE = TypeAdapter(dict[str, _AppEntry])


def apps(settings: Settings) -> dict[str, App]:
    """Give every configured app by name, "" being the one without a name; raises `ConfigurationError`."""
    found = _named_apps(settings.apps_file) if settings.apps_file else {}
    if settings.app_secrets is not None:
        secrets = settings.app_secrets.get_secret_value().split(",")
        token = settings.verify_token.get_secret_value() if settings.verify_token else ""
        found[""] = _app("INGRESS_APP_SECRETS", "", secrets, token.strip())
    if not found:
        raise ConfigurationError("no app secret is set: set INGRESS_APP_SECRETS or INGRESS_APPS_FILE")
    return found


def _named_apps(path: Path) -> dict[str, App]:
    """Read `{app: {secrets[], verify_token}}`."""
    try:
        entries = _APPS_FILE.validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"INGRESS_APPS_FILE cannot be read: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"INGRESS_APPS_FILE: {place}: {first['msg']}") from None
    return {
        name: _app(f"INGRESS_APPS_FILE: {name}", name, entry.secrets, entry.verify_token)
        for name, entry in entries.items()
    }


def _app(where: str, name: str, secrets: list[str], verify_token: str) -> App:
    """Make one app; an empty secret would let anybody sign."""
    stripped = [secret.strip() for secret in secrets]
    if not all(stripped):
        raise ConfigurationError(f"{where}: a secret is empty")
    if "/" in name:
        raise ConfigurationError(f"{where}: an app's name is one step of a path")
    return App(name, tuple(secret.encode() for secret in stripped), verify_token)
