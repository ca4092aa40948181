"""The documents as they are served."""

import re

import pytest

from shared import metrics
from tests.acceptance.api.conftest import Api


async def fetch(api: Api, path: str):
    async with api.session.get(f"{api.base}{path}") as response:
        return response, await response.text()


async def test_the_documents_need_no_key_and_say_what_is_served(api: Api):
    response, _ = await fetch(api, "/openapi.json")
    document = await response.json()
    assert (response.status, document["openapi"]) == (200, "3.1.0")
    for path in ("/asyncapi.json", "/schemas/send_message.v1.json", "/schemas/message.sent.v1.json"):
        response, _ = await fetch(api, path)
        assert (response.status, response.content_type) == (200, "application/json")
    missing, body = await fetch(api, "/schemas/unheard_of.json")
    assert missing.status == 404
    assert "NOT_FOUND" in body


async def test_the_page_shows_every_operation_and_loads_nothing_from_elsewhere(api: Api):
    response, page = await fetch(api, "/docs")
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    document = await (await fetch(api, "/openapi.json"))[0].json()
    for methods in document["paths"].values():
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in page
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="(?!/|#)[^"]*"', page) == []


@pytest.mark.parametrize("path", ["/docs", "/docs.css"])
async def test_pages_are_not_sniffed(api: Api, path):
    response, _ = await fetch(api, path)
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/openapi.json", "/api/v1/messages", "/api/v1/messages/export", "/api/v1/none", "/none"]
)
async def test_no_answer_is_sniffed_or_tells_what_made_it(api: Api, path):
    async with api.session.get(api.base + path, headers={"Authorization": f"Bearer {api.keys['OWNER']}"}) as response:
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Server"] == "colomba"


async def test_made_up_methods_and_paths_make_no_new_metric(api: Api):
    def names() -> set[str]:
        return {sample.labels["route"] for metric in metrics.API_REQUESTS.collect() for sample in metric.samples}

    async with api.session.get(f"{api.base}/none") as response:
        assert response.status == 404
    before = names()
    for number, method in enumerate(("PROPFIND", "MKCOL", "PURGE")):
        async with api.session.request(method, f"{api.base}/made-up/{number}") as response:
            assert response.status == 404
        async with api.session.request(method, f"{api.base}/api/v1/messages") as response:
            assert response.status == 405
    assert names() == before
