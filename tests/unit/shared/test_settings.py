import pytest
from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict

from shared import settings as base
from shared.settings import complaint, without_password


class Example(base.Settings):
    model_config = SettingsConfigDict(env_prefix="EXAMPLE_")

    url: str = "amqp://guest:guest@127.0.0.1/"
    port: int = 8080
    token: SecretStr | None = Field(None, validation_alias=AliasChoices("EXAMPLE_TOKEN", "WHATSAPP_TOKEN"))
    keys: tuple[SecretStr, ...] = ()


@pytest.fixture(autouse=True)
def no_mounted_secrets(monkeypatch, tmp_path):
    monkeypatch.setattr(base, "SECRETS_DIR", str(tmp_path / "secrets"))
    return tmp_path


def token():
    found = Example().token
    return found.get_secret_value() if found else None


def test_defaults_are_for_this_machine(monkeypatch):
    assert (Example().url, Example().port) == ("amqp://guest:guest@127.0.0.1/", 8080)


def test_the_services_own_name_wins_over_the_common_one(monkeypatch):
    monkeypatch.setenv("WHATSAPP_TOKEN", "common")
    assert token() == "common"

    monkeypatch.setenv("EXAMPLE_TOKEN", "own")
    assert token() == "own"


def test_an_empty_variable_is_as_good_as_none(monkeypatch):
    monkeypatch.setenv("EXAMPLE_TOKEN", "")
    monkeypatch.setenv("EXAMPLE_PORT", "")

    assert (Example().token, Example().port) == (None, 8080)


def test_a_secret_may_stand_in_a_file_the_environment_names(monkeypatch, tmp_path):
    (tmp_path / "token").write_text("from-file\n")
    monkeypatch.setenv("EXAMPLE_TOKEN_FILE", str(tmp_path / "token"))

    assert token() == "from-file"


def test_a_secret_may_be_mounted_under_its_name(tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "example_token").write_text("mounted")

    assert token() == "mounted"


def test_the_environment_wins_over_files(monkeypatch, tmp_path):
    (tmp_path / "url").write_text("amqp://file/")
    monkeypatch.setenv("EXAMPLE_URL_FILE", str(tmp_path / "url"))
    assert Example().url == "amqp://file/"

    monkeypatch.setenv("EXAMPLE_URL", "amqp://environment/")
    assert Example().url == "amqp://environment/"


def test_settings_never_change(monkeypatch):
    with pytest.raises(ValidationError):
        setattr(Example(), "port", 1)  # noqa: B010  mypy knows that it cannot be set


def test_the_summary_shows_of_a_secret_only_that_it_is_set(monkeypatch):
    monkeypatch.setenv("EXAMPLE_TOKEN", "very-secret")
    monkeypatch.setenv("EXAMPLE_KEYS", '["key-one"]')
    monkeypatch.setenv("EXAMPLE_URL", "amqp://app:hunter22@broker:5672/")

    summary = Example().summary()

    assert summary == {"url": "amqp://app:…@broker:5672/", "port": 8080, "token": "set", "keys": ["set"]}


def test_every_secret_is_known_to_the_log(monkeypatch):
    monkeypatch.setenv("EXAMPLE_TOKEN", "very-secret")
    monkeypatch.setenv("EXAMPLE_KEYS", '["key-one"]')
    monkeypatch.setenv("EXAMPLE_URL", "amqp://app:hunter22@broker:5672/")

    assert set(Example().secrets()) == {"very-secret", "key-one", "hunter22"}


def test_a_complaint_names_the_variable_and_hides_its_value(monkeypatch):
    monkeypatch.setenv("EXAMPLE_PORT", "hunter22")

    with pytest.raises(ValidationError) as refused:
        Example()

    assert "port" in complaint(refused.value)
    assert "hunter22" not in complaint(refused.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("amqp://u:p@h/v", "amqp://u:…@h/v"),
        ("amqp://h/v", "amqp://h/v"),
        ("amqp://u@h/v", "amqp://u@h/v"),
        ("amqp://u:p:q@h", "amqp://u:…@h"),
    ],
)
def test_an_address_is_shown_without_its_password(url, shown):
    assert without_password(url) == shown
