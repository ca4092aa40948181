"""How often the API may be asked, with a key and without."""

import pytest

from sender_service.settings import Settings
from sender_service.store import api_keys
from tests.acceptance.api.conftest import Answered, Api

NONSENSE = "clb_0123456789ab_" + "0" * 48


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"api_failures": 3.0, "api_rate": 2.0})


async def asked(api: Api, key: str) -> Answered:
    return await api.get("/pipelines", headers={"Authorization": f"Bearer {key}"})


async def test_a_key_that_calls_too_often_is_told_when_to_come_back(api: Api):
    for _ in range(4):
        (await api.get("/pipelines")).ok()
    refused = await api.get("/pipelines")
    refused.refused(429, "RATE_LIMITED")
    assert refused.headers["Retry-After"] == "1"
    (await api.as_("ADMIN").get("/pipelines")).ok()


async def test_wrong_keys_are_refused_without_asking_the_database(api: Api, monkeypatch):
    (await api.get("/pipelines")).ok()
    for key in (NONSENSE, "nonsense", ""):
        (await asked(api, key)).refused(401, "UNAUTHORIZED")

    async def find(*_: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(api_keys, "find", find)
    for key in (NONSENSE, "nonsense", api.keys["ADMIN"]):
        refused = await asked(api, key)
        refused.refused(429, "RATE_LIMITED")
        assert 1 <= int(refused.headers["Retry-After"]) <= 20


async def test_a_key_that_was_good_passes_until_it_is_over(api: Api):
    (await api.as_("ADMIN").get("/pipelines")).ok()
    keys = (await api.get("/api-keys")).ok()["data"]
    for _ in range(3):
        await asked(api, NONSENSE)
    (await api.as_("ADMIN").get("/pipelines")).ok()
    [admin] = [key["id"] for key in keys if key["role"] == "ADMIN"]
    (await api.delete(f"/api-keys/{admin}")).ok()
    (await api.as_("ADMIN").get("/pipelines")).refused(401, "UNAUTHORIZED")
    (await api.as_("ADMIN").get("/pipelines")).refused(429, "RATE_LIMITED")
