from datetime import timedelta

import pytest

from sender_service.runtime import tokens_of
from sender_service.settings import SettingRefused, Settings, load_settings

SINGLE = {
    "WHATSAPP_PHONE_NUMBER_ID": "106540352242922",
    "WHATSAPP_BUSINESS_ACCOUNT_ID": "102290129340398",
    "WHATSAPP_ACCESS_TOKEN": "EAA-from-the-environment",
}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    import os

    for name in list(os.environ):
        if name.startswith(("SENDER_", "WHATSAPP_")):
            monkeypatch.delenv(name)


def given(monkeypatch, **variables: str) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def test_everything_has_a_default_that_suits_one_machine(monkeypatch):
    settings = given(monkeypatch)
    assert "127.0.0.1" in settings.amqp_url.get_secret_value()
    assert "127.0.0.1" in settings.postgres_dsn.get_secret_value()
    assert settings.graph_url == "https://graph.facebook.com"
    assert settings.graph_version == "v25.0"
    assert settings.port == 8081
    assert settings.echo_window == timedelta(minutes=15)
    assert settings.auto_mark_read is False


def test_five_whatsapp_variables_make_a_single_number_setup(monkeypatch):
    tokens = tokens_of(given(monkeypatch, **SINGLE))
    token = tokens.of(business_account_id=SINGLE["WHATSAPP_BUSINESS_ACCOUNT_ID"], encrypted=(None, None))
    assert token == SINGLE["WHATSAPP_ACCESS_TOKEN"]


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("WHATSAPP_WABA_ID", "business_account_id"),
        ("WHATSAPP_BUSINESS_ACCOUNT_ID", "business_account_id"),
        ("WHATSAPP_API_VERSION", "graph_version"),
        ("WHATSAPP_WEBHOOK_URL", "webhook_url"),
    ],
)
def test_a_whatsapp_name_is_read_under_every_form_it_has(monkeypatch, name, field):
    others = {key: value for key, value in SINGLE.items() if field != "business_account_id" or "ACCOUNT" not in key}
    settings = given(monkeypatch, **(others | {name: "v24.0"}))
    assert getattr(settings, field) == "v24.0"


def test_a_sender_name_wins_over_a_whatsapp_one(monkeypatch):
    settings = given(monkeypatch, WHATSAPP_API_VERSION="v24.0", SENDER_GRAPH_VERSION="v26.0")
    assert settings.graph_version == "v26.0"


def test_the_second_name_of_the_token_is_read_too(monkeypatch):
    variables = {name: value for name, value in SINGLE.items() if name != "WHATSAPP_ACCESS_TOKEN"}
    settings = given(monkeypatch, **variables, WHATSAPP_API_TOKEN="EAA-second-name")
    assert settings.access_token is not None
    assert settings.access_token.get_secret_value() == "EAA-second-name"


def test_a_secret_can_come_from_a_file(monkeypatch, tmp_path):
    secret = tmp_path / "dsn"
    secret.write_text("postgresql://colomba:hidden@db/colomba\n")
    settings = given(monkeypatch, SENDER_POSTGRES_DSN_FILE=str(secret))
    assert settings.postgres_dsn.get_secret_value() == "postgresql://colomba:hidden@db/colomba"


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"SENDER_PORT": "eighty"}, "SENDER_PORT"),
        ({"SENDER_GRAPH_VERSION": "25"}, "SENDER_GRAPH_VERSION"),
        ({"SENDER_ECHO_WINDOW": "a while"}, "SENDER_ECHO_WINDOW"),
        ({"SENDER_LOG_LEVEL": "LOUD"}, "SENDER_LOG_LEVEL"),
        ({"WHATSAPP_PHONE_NUMBER_ID": "1"}, "WHATSAPP_BUSINESS_ACCOUNT_ID"),
        ({"WHATSAPP_WABA_ID": "1"}, "WHATSAPP_PHONE_NUMBER_ID"),
    ],
)
def test_an_unusable_setting_is_refused_by_name(monkeypatch, variables, named):
    with pytest.raises(SettingRefused) as refused:
        given(monkeypatch, **variables)
    assert refused.value.variable == named
    assert str(refused.value).startswith(f"{named}: ")


def test_a_refusal_never_shows_the_value(monkeypatch):
    with pytest.raises(SettingRefused) as refused:
        given(monkeypatch, SENDER_GRAPH_VERSION="EAA-pasted-a-token-here")
    assert "EAA-pasted" not in str(refused.value)


def test_the_summary_shows_no_secret(monkeypatch):
    settings = given(
        monkeypatch, **SINGLE, SENDER_POSTGRES_DSN="postgresql://u:hidden@db/c", SENDER_ENCRYPTION_KEYS="abcd"
    )
    shown = str(settings.summary())
    assert "EAA-from-the-environment" not in shown
    assert "hidden" not in shown
    assert "abcd" not in shown


@pytest.mark.parametrize(("text", "window"), [("900", 900), ("PT15M", 900), ("00:00:20", 20)])
def test_a_duration_is_seconds_or_written_out(monkeypatch, text, window):
    assert given(monkeypatch, SENDER_ECHO_WINDOW=text).echo_window == timedelta(seconds=window)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"WHATSAPP_PHONE_NUMBER_ID": "1"},
            "WHATSAPP_BUSINESS_ACCOUNT_ID: a single-number setup needs the number and its business account",
        ),
        (
            {"SENDER_GRAPH_VERSION": "25"},
            r"SENDER_GRAPH_VERSION: String should match pattern '^v\d+\.\d+$'",
        ),
        (
            {"WHATSAPP_API_VERSION": "25"},
            r"SENDER_GRAPH_VERSION: String should match pattern '^v\d+\.\d+$'",
        ),
    ],
)
def test_a_refusal_says_what_to_do(monkeypatch, variables, sentence):
    with pytest.raises(SettingRefused) as refused:
        given(monkeypatch, **variables)
    assert str(refused.value) == sentence


def test_a_file_that_cannot_be_read_is_named(monkeypatch, tmp_path):
    with pytest.raises(SettingRefused) as refused:
        given(monkeypatch, SENDER_POSTGRES_DSN_FILE=str(tmp_path / "nowhere"))
    assert refused.value.variable == "settings"
    assert str(refused.value).startswith("settings: a file named by a ..._FILE variable cannot be read: [Errno 2]")
    assert "nowhere" in str(refused.value)


def test_encryption_keys_are_told_apart_by_commas(monkeypatch):
    assert given(monkeypatch, SENDER_ENCRYPTION_KEYS=" a, b ,,").encryption_key_list == ["a", "b"]


def test_without_encryption_keys_there_are_none(monkeypatch):
    assert given(monkeypatch).encryption_key_list == []
