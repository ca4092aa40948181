"""What nobody would send: schemathesis reads our own OpenAPI document and tries every route with what it makes of it.

No 5xx, no answer that the document does not tell of, no body that its schema does not allow. COLOMBA_FUZZ_EXAMPLES and
COLOMBA_FUZZ_SEED look deeper or elsewhere.
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sender_service.cloud_api.media_limits import KINDS
from tests.acceptance.api.standing import Standing, standing

EXAMPLES = int(os.environ.get("COLOMBA_FUZZ_EXAMPLES", "5"))
SEED = int(os.environ.get("COLOMBA_FUZZ_SEED", "1"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def _written(alphabet: str, beginning: bytes) -> "st.SearchStrategy[bytes]":
    text = st.text(st.sampled_from(alphabet), max_size=300).map(str.encode)
    return text | text.map(lambda rest: beginning + rest) | st.binary(max_size=2_000)


LOOK = settings(
    max_examples=EXAMPLES,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
for _media in {mime for mimes in KINDS.values() for mime in mimes}:
    schemathesis.openapi.media_type(_media, st.binary(max_size=2_000))
# Made of what such files are made of: any bytes would seldom get past their first one.
schemathesis.openapi.media_type("text/csv", _written('to,1;2"\r\n\t =+39a\u20ac\ufeff\x00', b"to,1\n"))
schemathesis.openapi.media_type(
    "application/x-ndjson", _written('{}[]":,to+39\n\\u0de1. ', b'{"to": "+393331234567"}\n')
)

pytestmark = pytest.mark.timeout(60 + 73 * EXAMPLES)


@pytest.fixture
def stand(postgres_dsn: str, amqp_url: str, tmp_path: Path) -> Iterator[Standing]:
    with standing(postgres_dsn, amqp_url, tmp_path) as stand:
        yield stand


@pytest.fixture
def document(stand: Standing) -> Any:
    """The document as it is served, with ids in its paths of which every second one is there."""
    loaded = schemathesis.openapi.from_url(f"{stand.base}/openapi.json")
    chance = random.Random(SEED)

    @loaded.hook
    def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
        noun = context.operation.path.removeprefix("/api/v1/").split("/")[0]
        if path_parameters and noun in stand.things and chance.random() < 0.5:
            return {"id": str(stand.things[noun])}
        return path_parameters

    return loaded


def test_no_route_breaks_or_answers_what_its_document_does_not_tell(stand: Standing, document: Any):
    headers = {"Authorization": f"Bearer {stand.key}"}
    tried, broken = 0, []
    with requests.Session() as session:
        for found in document.get_all_operations():
            operation = found.ok()
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                try:
                    tried += _tried(operation, mode, session, headers)
                except BaseExceptionGroup as group:
                    broken += [f"{operation.label}: {error}" for error in group.exceptions]
                except Exception as error:  # noqa: BLE001 - the next route is tried all the same
                    broken.append(f"{operation.label}: {type(error).__name__} {error}")
    assert not broken, "\n\n".join(broken)
    assert tried > 73 * EXAMPLES


def _tried(operation: Any, mode: GenerationMode, session: requests.Session, headers: dict[str, str]) -> int:
    """How many requests one route answered as its document says."""
    tried = 0

    @seed(SEED)
    @LOOK
    @given(case=operation.as_strategy(generation_mode=mode))
    def attempt(case: Any) -> None:
        nonlocal tried
        tried += 1
        # A live stream has no end: its head is all there is to look at.
        if operation.path.endswith("/events"):
            _heard(case, session, headers)
        else:
            case.call_and_validate(session=session, headers=headers, checks=CHECKS, timeout=20)

    attempt()
    return tried


def _heard(case: Any, session: requests.Session, headers: dict[str, str]) -> None:
    with session.request(**case.as_transport_kwargs(headers=headers), stream=True, timeout=20) as response:
        assert response.status_code in {200, 401, 403, 415, 422}, response.status_code
