import json
import os

import pytest

from ingress_service.errors import ConfigurationError
from ingress_service.settings import Settings, apps


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):

    for name in list(os.environ):
        if name.startswith(("INGRESS_", "WHATSAPP_")):
            monkeypatch.delenv(name)


def configured(**arguments):
    return apps(Settings(**arguments))


def test_without_a_secret_it_refuses_to_start():
    with pytest.raises(ConfigurationError, match="INGRESS_APP_SECRETS"):
        configured()


@pytest.mark.parametrize("secrets", [" ", ",", "one,", "one,,two", " , "])
def test_with_an_empty_secret_it_refuses_to_start(monkeypatch, secrets):
    monkeypatch.setenv("INGRESS_APP_SECRETS", secrets)

    with pytest.raises(ConfigurationError, match="empty"):
        configured()


def test_several_secrets_of_one_app_all_count(monkeypatch):
    monkeypatch.setenv("INGRESS_APP_SECRETS", "one, two")
    monkeypatch.setenv("INGRESS_VERIFY_TOKEN", "token")

    [app] = configured().values()

    assert (app.name, app.secrets, app.verify_token) == ("", (b"one", b"two"), "token")


@pytest.mark.parametrize("name", ["WHATSAPP_VERIFY_TOKEN", "WHATSAPP_WEBHOOK_VERIFY_TOKEN"])
def test_a_single_number_set_up_needs_only_the_common_names(monkeypatch, name):
    monkeypatch.setenv("WHATSAPP_APP_SECRET", "common")
    monkeypatch.setenv(name, "common-token")

    [app] = configured().values()

    assert (app.secrets, app.verify_token) == ((b"common",), "common-token")


def test_the_ingress_own_names_win(monkeypatch):
    monkeypatch.setenv("WHATSAPP_APP_SECRET", "common")
    monkeypatch.setenv("WHATSAPP_VERIFY_TOKEN", "common-token")
    monkeypatch.setenv("INGRESS_APP_SECRETS", "own")
    monkeypatch.setenv("INGRESS_VERIFY_TOKEN", "own-token")

    [app] = configured().values()

    assert (app.secrets, app.verify_token) == ((b"own",), "own-token")


def test_several_apps_stand_in_a_file_beside_the_one_without_a_name(monkeypatch, tmp_path):
    path = tmp_path / "apps.json"
    path.write_text(json.dumps({"shop": {"secrets": ["a", "b"], "verify_token": "t"}, "bank": {"secrets": ["c"]}}))
    monkeypatch.setenv("INGRESS_APPS_FILE", str(path))
    monkeypatch.setenv("INGRESS_APP_SECRETS", "own")

    found = configured()

    assert {name: app.secrets for name, app in found.items()} == {"": (b"own",), "shop": (b"a", b"b"), "bank": (b"c",)}
    assert (found["shop"].verify_token, found["bank"].verify_token) == ("t", "")


def test_the_file_alone_is_enough(tmp_path):
    path = tmp_path / "apps.json"
    path.write_text('{"shop": {"secrets": ["a"]}}')

    assert set(configured(apps_file=path)) == {"shop"}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"shop": {}}',
        '{"shop": {"secrets": []}}',
        '{"shop": {"secrets": [""]}}',
        '{"shop": {"secrets": ["hunter22", " "]}}',
        '{"shop": {"secrets": "hunter22"}}',
        '{"shop": {"secrets": ["hunter22"], "verify": "t"}}',
        '{"a/b": {"secrets": ["hunter22"]}}',
    ],
)
def test_a_broken_file_of_apps_is_refused_without_showing_a_secret(tmp_path, content):
    path = tmp_path / "apps.json"
    path.write_text(content)

    with pytest.raises(ConfigurationError) as refused:
        configured(apps_file=path)

    assert "hunter22" not in str(refused.value)


def test_a_file_of_apps_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        configured(apps_file=tmp_path / "nowhere.json")


def test_the_broker_is_looked_for_on_this_machine_and_the_port_is_8080():
    settings = Settings()

    assert settings.amqp_url.partition("@")[2].startswith("127.0.0.1")
    assert settings.port == 8080


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{}", "no app secret is set: set INGRESS_APP_SECRETS or INGRESS_APPS_FILE"),
        ('{"shop": {}}', "INGRESS_APPS_FILE: shop.secrets: Field required"),
        ('{"shop": {"secrets": ["a", " "]}}', "INGRESS_APPS_FILE: shop: a secret is empty"),
        ('{"a/b": {"secrets": ["a"]}}', "INGRESS_APPS_FILE: a/b: an app's name is one step of a path"),
    ],
)
def test_a_broken_file_of_apps_says_where_and_what(tmp_path, content, sentence):
    path = tmp_path / "apps.json"
    path.write_text(content)

    with pytest.raises(ConfigurationError) as refused:
        configured(apps_file=path)

    assert str(refused.value) == sentence


def test_a_file_of_apps_that_is_not_there_says_why(tmp_path):
    with pytest.raises(ConfigurationError) as refused:
        configured(apps_file=tmp_path / "nowhere.json")

    assert str(refused.value) == "INGRESS_APPS_FILE cannot be read: No such file or directory"


def test_an_empty_secret_is_named_by_its_variable(monkeypatch):
    monkeypatch.setenv("INGRESS_APP_SECRETS", "one,,two")

    with pytest.raises(ConfigurationError) as refused:
        configured()

    assert str(refused.value) == "INGRESS_APP_SECRETS: a secret is empty"


def test_spaces_around_secrets_and_tokens_do_not_count(monkeypatch, tmp_path):
    monkeypatch.setenv("INGRESS_APP_SECRETS", " one ")
    monkeypatch.setenv("INGRESS_VERIFY_TOKEN", " token ")
    path = tmp_path / "apps.json"
    path.write_text('{"shop": {"secrets": [" a "]}}')

    found = configured(apps_file=path)

    assert (found[""].secrets, found[""].verify_token, found["shop"].secrets) == ((b"one",), "token", (b"a",))
    assert (found["shop"].name, found["shop"].verify_token) == ("shop", "")


def test_an_app_without_a_verify_token_has_an_empty_one(monkeypatch):
    monkeypatch.setenv("INGRESS_APP_SECRETS", "one")

    assert configured()[""].verify_token == ""
