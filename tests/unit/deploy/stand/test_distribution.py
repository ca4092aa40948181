"""Where the stand's programs come from."""

from pathlib import Path

import pytest

from deploy.stand import distribution
from deploy.stand.distribution import Distribution

PROGRAM = ["/usr/bin/postgres", "-p", "5432"]


def test_programs_of_this_machine_are_started_as_they_are() -> None:
    here = Distribution(None)

    assert here.command(PROGRAM, Path("/data"), "postgres") == PROGRAM
    assert here.outside("postgres") == "postgres"


def test_programs_of_another_distribution_find_the_data_under_the_same_path() -> None:
    command = Distribution(Path("/opt/trixie")).command(PROGRAM, Path("/data"))

    assert command[:3] == ["unshare", "--mount", "sh"]
    assert command[-6:-3] == ["/opt/trixie", "/data", ""]
    assert command[-3:] == PROGRAM


def test_the_account_changes_inside_for_only_root_may_enter() -> None:
    assert Distribution(Path("/opt/trixie")).outside("postgres") is None


def test_a_program_is_looked_for_inside(tmp_path: Path) -> None:
    (tmp_path / "usr").mkdir()
    (tmp_path / "usr" / "epmd").touch()

    assert Distribution(tmp_path).has(Path("/usr/epmd"))
    assert not Distribution(tmp_path).has(Path("/usr/erl"))


def test_the_environment_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RABBITMQ_ROOT", raising=False)
    assert distribution.chosen("RABBITMQ_ROOT").root is None
    monkeypatch.setenv("RABBITMQ_ROOT", "/opt/trixie")
    assert distribution.chosen("RABBITMQ_ROOT").root == Path("/opt/trixie")
