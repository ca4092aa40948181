from pathlib import Path

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


def test_a_complaint_says_where_and_what(monkeypatch):
    monkeypatch.setenv("EXAMPLE_PORT", "hunter22")
    monkeypatch.setenv("EXAMPLE_KEYS", '[{}, "b"]')

    with pytest.raises(ValidationError) as refused:
        Example()

    problems = complaint(refused.value).split("; ")
    assert [problem.partition(":")[0] for problem in problems] == ["port", "keys.0"]
    assert problems[0] == "port: Input should be a valid integer, unable to parse string as an integer"


def test_an_empty_secret_is_told_from_a_set_one(monkeypatch, tmp_path):
    assert Example(token=SecretStr("")).summary()["token"] == "empty"
    assert "token" not in Example().summary()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, True),
        (1.5, 1.5),
        ({SecretStr("a")}, ["set"]),
        (frozenset({7}), [7]),
        (["amqp://u:p@h/"], ["amqp://u:…@h/"]),
        (Path("/tmp"), "/tmp"),
    ],
)
def test_every_kind_of_value_is_shown(value, shown):
    assert base._shown(value) == shown


def test_only_secrets_and_passwords_are_secret():
    found = Example(url="amqp://user@host/", token=SecretStr("t"), keys=(SecretStr("a"), SecretStr("b"))).secrets()
    assert found == ["", "t", "a", "b"]
    assert Example(url="user:pass@host").secrets() == []
    assert Example(url="amqp://host/").secrets() == []


def test_a_file_that_is_empty_is_as_good_as_none(monkeypatch, tmp_path):
    (tmp_path / "token").write_text(" \n")
    monkeypatch.setenv("EXAMPLE_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("WHATSAPP_TOKEN_FILE", str(tmp_path / "other"))
    (tmp_path / "other").write_text("second")

    assert token() == "second"


def test_a_file_is_read_as_utf_8(monkeypatch, tmp_path):
    (tmp_path / "url").write_bytes("amqp://ü/".encode())
    monkeypatch.setenv("EXAMPLE_URL_FILE", str(tmp_path / "url"))

    assert Example().url == "amqp://ü/"


def test_a_file_that_was_named_must_be_there(monkeypatch, tmp_path):
    monkeypatch.setenv("EXAMPLE_URL_FILE", str(tmp_path / "nowhere"))

    with pytest.raises(FileNotFoundError):
        Example()


def test_a_named_file_comes_before_a_mounted_one(monkeypatch, tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "example_token").write_text("mounted")
    (tmp_path / "token").write_text("named")
    monkeypatch.setenv("EXAMPLE_TOKEN_FILE", str(tmp_path / "token"))

    assert token() == "named"


def test_what_is_given_as_an_argument_wins(monkeypatch):
    monkeypatch.setenv("EXAMPLE_URL", "amqp://environment/")

    assert Example(url="amqp://argument/").url == "amqp://argument/"


def test_a_password_with_an_at_sign_is_hidden_whole():
    assert without_password("amqp://u:p@q@h/v") == "amqp://u:…@h/v"
