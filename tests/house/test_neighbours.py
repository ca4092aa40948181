"""Tests on a machine with Docker begin in here: what is asked of testcontainers must not be on its way out."""

from contextlib import ExitStack

import pytest
from testcontainers.core import container, generic

from tests import neighbours


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> list[container.DockerContainer]:
    """Stands where Docker would: answers what was started, in its order."""
    started: list[container.DockerContainer] = []

    def start(asked: container.DockerContainer) -> container.DockerContainer:
        started.append(asked)
        return asked

    monkeypatch.setattr(container, "DockerClient", lambda **_: None)
    monkeypatch.setattr(container.DockerContainer, "start", start)
    monkeypatch.setattr(container.DockerContainer, "stop", lambda self, **_: started.remove(self))
    monkeypatch.setattr(container.DockerContainer, "get_container_host_ip", lambda _: "localhost")
    monkeypatch.setattr(container.DockerContainer, "get_exposed_port", lambda _, port: port + 20_000)
    monkeypatch.setattr(generic.DbContainer, "start", start)
    monkeypatch.setattr(
        generic.DbContainer, "_create_connection_url", lambda *_, port, **__: f"postgresql://localhost:{port}"
    )
    return started


def test_containers_are_asked_for_without_a_deprecated_word_and_end_with_the_tests(engine):
    with ExitStack() as stack:
        found = neighbours.containers(stack)
        assert [each.image for each in engine] == [neighbours.POSTGRES_IMAGE, neighbours.RABBITMQ_IMAGE]
        assert found.amqp_url == "amqp://guest:guest@localhost:25672/"
        assert found.management_url == "http://guest:guest@localhost:35672"
    assert engine == []
