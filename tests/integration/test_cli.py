"""Operator commands against a real database and broker."""

import pytest
from cryptography.fernet import Fernet
from typer.testing import CliRunner

from sender_service.__main__ import app
from sender_service.access import parse_key
from sender_service.vault import Vault

KEY = Fernet.generate_key().decode()
NUMBER = ["number", "add", "--organization", "Pizzeria", "--waba", "w1", "--id", "n1", "--phone", "+39 06 12345678"]


@pytest.fixture
def run(monkeypatch, postgres_dsn, amqp_url):
    monkeypatch.setenv("SENDER_POSTGRES_DSN", postgres_dsn)
    monkeypatch.setenv("SENDER_AMQP_URL", amqp_url)
    monkeypatch.setenv("SENDER_ENCRYPTION_KEYS", KEY)
    return lambda *arguments, **more: CliRunner().invoke(app, list(arguments), **more)


def key_of(output: str) -> str | None:
    found = [line.removeprefix("api key: ") for line in output.splitlines() if line.startswith("api key: clb_")]
    return found[0] if found else None


def test_the_first_key_is_shown_once_and_making_it_again_changes_nothing(run):
    first, again = run("organization", "create", "Pizzeria"), run("organization", "create", "Pizzeria")
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert parse_key(key_of(first.output) or "") is not None
    assert key_of(again.output) is None
    assert first.output.splitlines()[0] == again.output.splitlines()[0]


def test_an_organization_begins_with_a_pipeline_of_stages(run, postgres_dsn):
    import psycopg

    run("organization", "create", "Pizzeria")
    with psycopg.connect(postgres_dsn) as conn:
        stages = conn.execute("select name from colomba.stages order by position").fetchall()
    assert [name for (name,) in stages] == ["New", "Contacted", "Qualified", "Won", "Lost"]


def test_a_number_is_added_once_with_its_token_encrypted(run, postgres_dsn, tmp_path):
    import psycopg

    token = tmp_path / "token"
    token.write_text("EAA-the-token\n")
    first = run(*NUMBER, "--token-file", str(token))
    again = run(*NUMBER)
    assert (first.exit_code, again.exit_code) == (0, 0), first.output + again.output
    assert key_of(first.output) is not None
    assert key_of(again.output) is None
    assert "EAA" not in first.output
    with psycopg.connect(postgres_dsn) as conn:
        rows = conn.execute("select digits, country, token_encrypted from colomba.phone_numbers").fetchall()
    [(digits, country, stored)] = rows
    assert (digits, country) == ("390612345678", "IT")
    assert Vault.from_keys([KEY]).decrypt(stored) == "EAA-the-token"


def test_the_token_can_come_from_standard_input(run, postgres_dsn):
    import psycopg

    assert run(*NUMBER, "--token-file", "-", input="EAA-piped\n").exit_code == 0
    with psycopg.connect(postgres_dsn) as conn:
        [(stored,)] = conn.execute("select token_encrypted from colomba.phone_numbers").fetchall()
    assert Vault.from_keys([KEY]).decrypt(stored) == "EAA-piped"


def test_a_number_of_another_organization_is_not_taken_over(run):
    run(*NUMBER)
    refused = run(*[word if word != "Pizzeria" else "Trattoria" for word in NUMBER])
    assert refused.exit_code == 1
    assert "another organization" in refused.output


def test_without_keys_a_token_is_refused_and_nothing_is_stored(run, monkeypatch, postgres_dsn):
    import psycopg

    monkeypatch.setenv("SENDER_ENCRYPTION_KEYS", "")
    refused = run(*NUMBER, "--token-file", "-", input="EAA-piped\n")
    assert refused.exit_code == 2
    assert "SENDER_ENCRYPTION_KEYS" in refused.output
    with psycopg.connect(postgres_dsn) as conn:
        assert conn.execute("select count(*) from colomba.phone_numbers").fetchone() == (0,)


def test_a_token_that_cannot_stand_in_a_header_is_refused(run):
    refused = run(*NUMBER, "--token-file", "-", input="EAA\r\nX-Injected: 1\n")
    assert refused.exit_code == 2
    assert "--token-file" in refused.output


def test_what_is_no_phone_number_is_refused(run):
    refused = run(*NUMBER[:-1], "not a phone")
    assert refused.exit_code == 2
    assert "--phone" in refused.output


def test_further_keys_have_the_role_asked_for(run):
    run("organization", "create", "Pizzeria")
    made = run("key", "create", "--organization", "Pizzeria", "--role", "MANAGER")
    assert parse_key(key_of(made.output) or "") is not None
    assert run("key", "create", "--organization", "Nobody").exit_code == 1
    assert run("key", "create", "--organization", "Pizzeria", "--role", "KING").exit_code == 2


def test_a_new_encryption_key_is_usable(run):
    Vault.from_keys([run("new-key").output.strip()]).encrypt("EAA")


def test_the_topology_is_declared_as_often_as_one_likes(run):
    assert run("topology", "declare").exit_code == 0
    assert run("topology", "declare").exit_code == 0


@pytest.mark.parametrize("command", [(), ("number",), ("number", "add"), ("organization", "create"), ("worker",)])
def test_every_command_explains_itself(run, command):
    shown = run(*command, "--help")
    assert shown.exit_code == 0
    assert "Usage" in shown.output


def test_webhooks_of_a_number_registered_too_late_are_published_again(run, postgres_dsn, amqp_url):
    """They belong to no organization, so that no door of the API shows them."""
    import psycopg

    assert run("topology", "declare").exit_code == 0
    with psycopg.connect(postgres_dsn) as conn:
        conn.execute(
            "insert into colomba.webhook_log (received_at, id, app, sha256, body, outcome, items, phone_number_id)"
            " select now(), gen_random_uuid(), '', '', '{}', outcome, 0, 'n1'"
            " from unnest(array['unclaimed_number', 'processed']) as outcome"
        )
    done = run("webhooks", "replay", "--since", "2020-01-01", "--outcome", "unclaimed_number", "--number", "n1")
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "webhooks: 1 published again, 0 not confirmed")


def test_replaying_webhooks_without_a_broker_says_so(run, monkeypatch):
    monkeypatch.setattr("sender_service.cli.connect.CONNECT_SECONDS", 0.1)
    monkeypatch.setenv("SENDER_AMQP_URL", "amqp://127.0.0.1:1/")
    done = run("webhooks", "replay", "--since", "2020-01-01")
    assert done.exit_code == 1
    assert "webhooks: the broker cannot be reached; SENDER_AMQP_URL says where it is" in done.output.splitlines()


BURY = """
insert into colomba.dead_letters
    (organization_id, source, exchange, routing_key, reason, error, fingerprint, body)
select nullif(owner, 0), 'sender.webhooks', 'whatsapp.webhooks', 'app', reason, 'data.to: 393331234567 is odd',
       md5(reason), '{"text": "a secret"}'
from unnest(array[0, 0, 1], array['contract', 'failed', 'contract']) as letter (owner, reason)
"""


@pytest.fixture
def buried(run, postgres_dsn):
    """Two letters of nobody and one of the organization, which is the first."""
    import psycopg

    assert run("organization", "create", "Pizzeria").exit_code == 0
    with psycopg.connect(postgres_dsn) as conn:
        conn.execute(BURY)


def told(done) -> list[str]:
    assert done.exit_code == 0, done.output
    return [line for line in done.output.splitlines() if line.startswith("dead-letters: ")] or done.output.splitlines()


def test_letters_of_nobody_are_seen_by_operators(run, buried):
    assert [line.split("\t")[2] for line in told(run("dead-letters", "list"))] == ["1", "-", "-"]
    assert len(told(run("dead-letters", "list", "--nobodys", "--reason", "failed"))) == 1
    assert len(told(run("dead-letters", "list", "--organization", "Pizzeria"))) == 1
    assert [line.split("\t")[0] for line in told(run("dead-letters", "list", "--before", "3", "--limit", "1"))] == ["2"]
    assert [line.split("\t")[0] for line in told(run("dead-letters", "groups"))] == ["2", "1"]
    shown = run("dead-letters", "show", "1")
    assert shown.exit_code == 0
    assert '"text": "(8 characters)"' in shown.output
    assert "3331234567" not in shown.output + run("dead-letters", "list").output


def test_letters_of_nobody_are_replayed_after_a_dry_run(run, buried, postgres_dsn):
    import psycopg

    assert run("topology", "declare").exit_code == 0
    chosen = ("dead-letters", "replay", "--source", "sender.webhooks", "--rate", "1000")
    assert told(run(*chosen, "--nobodys", "--dry-run")) == ["dead-letters: 2 would be published again"]
    assert told(run(*chosen, "--nobodys")) == ["dead-letters: 2 published again, 0 not confirmed"]
    assert told(run(*chosen, "--limit", "5")) == ["dead-letters: 1 published again, 0 not confirmed"]
    assert told(run(*chosen)) == ["dead-letters: 0 published again, 0 not confirmed"]
    with psycopg.connect(postgres_dsn) as conn:
        assert conn.execute("select distinct status from colomba.dead_letters").fetchall() == [("replayed",)]
        deeds = conn.execute("select actor, details from colomba.audit_log where object = 'dead_letters'").fetchall()
    assert deeds == [("cli", {"ids": [3]})]


def test_letters_are_discarded_only_when_the_word_is_typed(run, buried):
    chosen = ("dead-letters", "discard", "--reason", "contract")
    assert run(*chosen, input="yes\n").exit_code == 2
    assert run(*chosen, "--confirm", "yes").exit_code == 2
    assert told(run(*chosen, input="discard\n")) == ["dead-letters: 2 discarded"]
    assert told(run(*chosen)) == ["dead-letters: none is open"]
    assert told(run("dead-letters", "discard", "--id", "2", "--confirm", "discard")) == ["dead-letters: 1 discarded"]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("replay",), 2, "dead-letters: name --id, --source, --reason or --fingerprint"),
        (("discard", "--nobodys"), 2, "dead-letters: name --id, --source, --reason or --fingerprint"),
        (("show", "4711"), 1, "dead-letters: there is no letter 4711"),
        (("list", "--organization", "Nobody"), 1, "dead-letters: --organization: there is none called 'Nobody'"),
    ],
)
def test_what_cannot_be_done_with_letters_is_said_in_a_sentence(run, arguments, code, sentence):
    done = run("dead-letters", *arguments)
    assert (done.exit_code, done.output.splitlines()[-1]) == (code, sentence)


@pytest.mark.parametrize(
    "arguments",
    [("organization", "create", "x"), ("key", "create", "--organization", "x"), NUMBER, ("dead-letters", "list")],
)
def test_a_database_that_is_away_or_empty_is_said_in_a_sentence(run, monkeypatch, empty_postgres_dsn, arguments):
    monkeypatch.setenv("SENDER_POSTGRES_DSN", empty_postgres_dsn)
    empty = run(*arguments)
    assert (empty.exit_code, empty.output.splitlines()[-1]) == (
        1, "the database is not migrated: run `python -m sender_service migrate`",
    )  # fmt: skip
    monkeypatch.setenv("SENDER_POSTGRES_DSN", "postgresql://nobody@127.0.0.1:1/none")
    away = run(*arguments)
    assert away.exit_code == 1
    assert away.output.splitlines()[-1].endswith("the database cannot be reached; SENDER_POSTGRES_DSN says where it is")


def test_a_broker_that_is_away_is_said_in_a_sentence(run, monkeypatch):
    monkeypatch.setenv("SENDER_AMQP_URL", "amqp://127.0.0.1:1/")
    away = run("topology", "declare")
    assert (away.exit_code, away.output.splitlines()[-1]) == (
        1, "topology: the broker cannot be reached; SENDER_AMQP_URL says where it is",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("colomba dead-l", "dead-letters"),
        ("colomba dead-letters dis", "discard"),
        ("colomba key create --role MAN", "MANAGER"),
    ],
)
def test_a_shell_completes_the_words(typed, offered):
    import os
    import subprocess
    from pathlib import Path

    words = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" ")), "_COLOMBA_COMPLETE": "complete_bash"}
    program = Path(__file__).parents[2] / "bin" / "colomba"
    done = subprocess.run([program], env=os.environ | words, capture_output=True, text=True, check=False, timeout=20)
    assert done.stdout.split() == [offered]


@pytest.mark.parametrize("arguments", [(" ",), ("x" * 201,), ("x", "--country", "it"), ("x", "--country", "ITA")])
def test_an_organization_that_the_api_would_refuse_is_not_made(run, arguments):
    refused = run("organization", "create", *arguments)
    assert refused.exit_code == 2
    assert refused.output.startswith("organization: ")
