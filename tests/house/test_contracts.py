"""The contracts other teams build on: written down, valid, and never broken by a change."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sender_service.api.problems import CODES
from sender_service.api.routes import ROUTES
from sender_service.cli.documents import written
from shared.contracts import documents
from shared.contracts.errors import ContractViolation
from shared.contracts.event_data import OF
from shared.contracts.events import NAMES
from shared.contracts.send_message import decode
from tests.builders import send_command
from tests.house import breaking

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / "docs" / "contracts"
RELEASED = ROOT / "tests" / "data" / "contracts" / "released"
SAMPLES = ROOT / "tests" / "data" / "contracts"
VALIDATOR = jsonschema.Draft202012Validator
API = json.loads(written()["openapi.json"])
BUS = json.loads(written()["asyncapi.json"])
COMMAND = VALIDATOR(documents.schemas()[documents.COMMAND])


def contents() -> list[tuple[str, Any]]:
    """(where, media type object) of everything read or answered."""
    found = []
    for path, methods in API["paths"].items():
        for method, operation in methods.items():
            parts = [operation.get("requestBody", {}), *operation["responses"].values()]
            found += [
                (f"{method} {path} {kind}", content)
                for part in parts
                for kind, content in part.get("content", {}).items()
            ]
    return found


def test_the_documents_in_the_repository_are_those_of_the_code():
    stale = [name for name, text in written().items() if not _same(CONTRACTS / name, text)]
    assert not stale, f"run: python -m sender_service documents docs/contracts  ({stale})"
    assert {path.name for path in CONTRACTS.glob("*.json")} == set(written())


def _same(path: Path, text: bytes) -> bool:
    return path.exists() and path.read_bytes() == text


def test_every_route_is_described_with_its_refusals():
    described = {(method.upper(), path) for path, methods in API["paths"].items() for method in methods}
    assert described == {(route.method, f"/api/v1{route.path}") for route in ROUTES}
    ids = [operation["operationId"] for methods in API["paths"].values() for operation in methods.values()]
    assert len(ids) == len(set(ids))
    for methods in API["paths"].values():
        for operation in methods.values():
            assert {"400", "401", "403", "422", "429", "500", "503"} <= set(operation["responses"])
            assert operation["description"]
    assert {code for route in ROUTES for code in route.errors} <= set(CODES)


def test_every_example_is_valid():
    for place, content in contents():
        examples = [one["value"] for one in content.get("examples", {}).values()]
        examples += [content["example"]] if "example" in content else []
        assert examples or content["schema"] == {"type": "string"}, place
        validator = VALIDATOR(content["schema"] | {"components": API["components"]})
        assert [error.message for example in examples for error in validator.iter_errors(example)] == [], place


def test_every_schema_is_a_schema_and_every_event_has_one():
    for schema in documents.schemas().values():
        VALIDATOR.check_schema(schema)
    assert set(OF) == set(NAMES)


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("send_message/*.json")), ids=lambda path: path.stem)
def test_every_golden_command_fits_the_schema(sample):
    COMMAND.validate(json.loads(sample.read_text())["command"])


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("events/*.json")), ids=lambda path: path.stem)
def test_every_golden_event_fits_the_schema(sample):
    VALIDATOR(documents.schemas()[sample.name]).validate(json.loads(sample.read_text()))


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "other"},
        {"specversion": "2.0"},
        {"id": ""},
        {"source": None},
        {"data": {"to": None, "recipient": None}},
        {"data": {"type": "text", "text": None}},
        {"data": {"type": "unheard_of", "unheard_of": {}}},
        {"data": {"colour": "green"}},
        {"data": {"lead_id": 0}},
        {"data": {"lead_id": "17"}},
        {"data": {"on_unknown": "again"}},
        {"data": {"phone_number_id": "a b"}},
        {"data": {"contacts": {}, "type": "contacts"}},
    ],
    ids=str,
)
def test_what_the_decoder_refuses_the_schema_refuses_too(changes):
    command = send_command(**changes)
    with pytest.raises(ContractViolation):
        decode(json.dumps(command).encode())
    assert not COMMAND.is_valid(command)


def test_what_the_schema_shows_as_its_example_is_taken():
    [example] = documents.schemas()[documents.COMMAND]["examples"]
    COMMAND.validate(example)
    assert decode(json.dumps(example).encode()).id == example["id"]


def test_nothing_breaks_programs_written_against_the_released_contracts():
    """On a release the documents are copied to tests/data/contracts/released; a breaking change needs a new version."""
    assert breaking.of_api(json.loads((RELEASED / "openapi.json").read_text()), API) == []
    assert breaking.of_bus(json.loads((RELEASED / "asyncapi.json").read_text()), BUS) == []


def api(change) -> list[str]:
    changed = copy.deepcopy(API)
    change(changed["paths"], changed["components"]["schemas"])
    return breaking.of_api(API, changed)


CAMPAIGN = "/api/v1/campaigns"


@pytest.mark.parametrize(
    "change",
    [
        lambda paths, _: paths.pop(CAMPAIGN),
        lambda paths, _: paths[CAMPAIGN]["get"]["parameters"].pop(0),
        lambda paths, _: paths[CAMPAIGN]["get"]["parameters"][0].update(required=True),
        lambda paths, _: paths[CAMPAIGN]["post"]["responses"].pop("201"),
        lambda paths, _: paths[CAMPAIGN]["post"]["requestBody"]["content"].pop("application/json"),
        lambda _, schemas: schemas["CampaignRequest"]["required"].append("language"),
        lambda _, schemas: schemas["CampaignRequest"]["properties"]["name"].update(maxLength=10),
        lambda _, schemas: schemas["CampaignRequest"]["properties"].pop("share"),
        lambda _, schemas: schemas["CreatedCampaign"]["properties"].pop("total"),
        lambda _, schemas: schemas["CreatedCampaign"]["properties"]["total"].update(type="string"),
        lambda _, schemas: schemas["CreatedCampaign"]["required"].remove("total"),
    ],
    ids=range(11),
)
def test_a_breaking_change_of_the_api_is_found(change):
    assert len(api(change)) >= 1


@pytest.mark.parametrize(
    "change",
    [
        lambda paths, _: paths.update({"/api/v1/new": paths[CAMPAIGN]}),
        lambda _, schemas: schemas["CampaignRequest"]["properties"].update(colour={"type": "string"}),
        lambda _, schemas: schemas["CreatedCampaign"]["properties"].update(colour={"type": "string"}),
        lambda _, schemas: schemas["CampaignRequest"]["properties"]["name"].update(maxLength=1000),
        lambda _, schemas: schemas["CampaignRequest"].update(description="other words"),
    ],
    ids=range(5),
)
def test_an_addition_breaks_nothing(change):
    assert api(change) == []


def bus(change) -> list[str]:
    changed = copy.deepcopy(BUS)
    change(changed["channels"], changed["components"]["schemas"])
    return breaking.of_bus(BUS, changed)


def test_a_breaking_change_of_the_bus_is_found():
    sent = "message.sent.v1.json"
    assert bus(lambda channels, _: channels.pop("message.sent"))
    assert bus(lambda channels, _: channels["commands"].update(address="other"))
    assert bus(lambda _, schemas: schemas.pop(sent))
    assert bus(lambda _, schemas: schemas[sent]["properties"]["data"]["properties"].pop("message_id"))
    assert bus(lambda _, schemas: schemas[documents.COMMAND]["required"].append("time"))
    assert (
        bus(lambda _, schemas: schemas[sent]["properties"]["data"]["properties"].update(new={"type": "string"})) == []
    )
