"""The base of both services' settings: read once, never changed, secrets also from files, shown only redacted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

_FILE: Final = "_FILE"
SECRETS_DIR: Final = "/run/secrets"


class Settings(BaseSettings):
    """A frozen settings class; every variable `NAME` may instead be given as `NAME_FILE`, the path of a file holding
    it.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        populate_by_name=True,
        validate_default=True,
        hide_input_in_errors=True,
    )

    @classmethod
    def settings_customise_sources(  # noqa: PLR0917  pydantic-settings calls it so
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  no .env file is read
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  ours names files too
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments first, then the environment, then files named in it, then mounted secrets."""
        return (init_settings, env_settings, _FileSource(settings_cls))

    def summary(self) -> dict[str, Any]:
        """Give what may be logged: of a secret only whether it is set, of an address no password."""
        return {name: _shown(value) for name, value in self if value is not None}

    def secrets(self) -> list[str]:
        """Give every secret value, so that the log can be kept clean of them."""
        return [secret for _, value in self for secret in _secrets(value)]


class _FileSource(PydanticBaseSettingsSource):
    """Reads `NAME_FILE`, or a mounted secret of the name in lower case, for every name a field goes by."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        for name in _names(field, field_name, str(self.config.get("env_prefix", ""))):
            text = _read(name)
            if text:
                return text, field_name, False
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def _names(field: FieldInfo, field_name: str, prefix: str) -> list[str]:
    """Give the variables a field is read from, the first winning."""
    alias = field.validation_alias
    choices = getattr(alias, "choices", None) or ([alias] if isinstance(alias, str) else [prefix + field_name])
    return [str(choice).upper() for choice in choices]


def _read(name: str) -> str | None:
    """Read the file that holds the variable, if there is one."""
    named = os.environ.get(name + _FILE)
    path = Path(named) if named else Path(SECRETS_DIR) / name.lower()
    if not named and not path.is_file():
        return None
    return path.read_text(encoding="utf-8").strip()


def _shown(value: object) -> object:
    """Show a value without what is secret in it."""
    if isinstance(value, SecretStr):
        return "set" if value.get_secret_value() else "empty"
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_shown(item) for item in value]
    if isinstance(value, (bool, int, float)):
        return value
    return without_password(str(value))


def _secrets(value: object) -> list[str]:
    if isinstance(value, SecretStr):
        return [value.get_secret_value()]
    if isinstance(value, (list, tuple)):
        return [secret for item in value for secret in _secrets(item)]
    if isinstance(value, str) and "://" in value and "@" in value:
        return [_password(value)]
    return []


def complaint(error: ValidationError) -> str:
    """Say what is wrong with the settings, without the values."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}" for problem in problems)


def without_password(url: str) -> str:
    """Show an address without its password."""
    password = _password(url)
    return url.replace(f":{password}@", ":…@") if password else url


def _password(url: str) -> str:
    """Find the password in an address; "" when there is none."""
    _, _, rest = url.partition("://")
    user, at, _ = rest.rpartition("@")
    return user.partition(":")[2] if at else ""
