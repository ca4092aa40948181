"""Secrets stand in environments and private files, never where a process list shows them."""

from pathlib import Path

import pytest

from deploy.chaos import arena
from deploy.local import services, state
from deploy.local.nodes import Nodes
from deploy.local.place import Place

ROOT = Path(__file__).parents[3]


def test_no_program_of_the_local_stack_is_started_with_a_secret_in_its_arguments(tmp_path):
    place = Place(tmp_path).make()
    environment = services.environment(place, Nodes("postgresql://", "amqp://", None))
    assert environment["SIMULATOR_APP_SECRET"] == environment["INGRESS_APP_SECRETS"]
    secrets = {state.remembered(place, name) for name in ("secret.app", "secret.verify", "secret.encryption")}
    arguments = {argument for _, argv, _ in services._table(place) for argument in argv}
    assert arguments.isdisjoint(secrets)


@pytest.mark.parametrize("starter", [ROOT / "docker-compose.yml", Path(arena.__file__)])
def test_the_simulator_gets_its_secret_from_the_environment(starter):
    text = starter.read_text()
    assert "--app-secret" not in text
    assert "SIMULATOR_APP_SECRET" in text
