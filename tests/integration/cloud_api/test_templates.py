"""Templates at Meta, through the simulator."""

import pytest

from deploy.simulator.options import WABA_ID
from sender_service.cloud_api import templates
from sender_service.cloud_api.graph import GraphAway, GraphRefused
from sender_service.cloud_api.templates import RemoteTemplate
from tests.waiting import until

BODY = [{"type": "BODY", "text": "Hola {{1}}", "example": {"body_text": [["Ana"]]}}]


def new(name: str, language: str = "es_MX") -> dict[str, object]:
    return {"name": name, "language": language, "category": "MARKETING", "components": BODY}


async def test_the_seeds_are_listed(graph):
    found = {(one.name, one.language): one for one in await templates.everything(graph, WABA_ID, "token")}
    assert sorted(found) == [
        ("appointment_reminder", "es_MX"),
        ("hello_world", "en_US"),
        ("order_ready", "es_MX"),
        ("vaccination_reminder", "es_MX"),
    ]
    ready = found["order_ready", "es_MX"]
    assert (ready.status, ready.category, ready.parameter_format) == ("APPROVED", "UTILITY", "POSITIONAL")
    assert (ready.quality, ready.rejected_reason, len(ready.meta_id)) == ("GREEN", None, 16)
    assert ready.components[0]["text"] == (
        "Hola {{1}}, tu pedido #{{2}} está listo para recoger en Pet-Friendly. Horario: Mar-Dom 9am-8pm."
    )


async def test_a_list_of_several_pages_is_read_to_its_end(meta, graph, monkeypatch):
    monkeypatch.setattr(templates, "PAGE", 3)
    for number in range(6):
        meta.world.catalogue.add(WABA_ID, {**new(f"promo_{number}"), "status": "APPROVED"})
    sizes = [len(page) async for page in templates.pages(graph, WABA_ID, "token")]
    assert sizes == [3, 3, 3, 1]
    assert len({one.meta_id for one in await templates.everything(graph, WABA_ID, "token")}) == 10


async def test_a_cursor_that_meta_forgot_starts_the_list_over_once():
    class Forgetful:
        def __init__(self) -> None:
            self.asked: list[str | None] = []

        async def get(self, _path: str, _token: str, **query: str) -> dict[str, object]:
            self.asked.append(query.get("after"))
            if len(self.asked) == 2:
                raise GraphRefused(131059, "invalid cursor")
            raw = {"id": str(len(self.asked)), "name": "a", "language": "en"}
            return {"data": [raw], "paging": {"cursors": {"after": "c"}, "next": "x"} if len(self.asked) < 4 else {}}

    forgetful = Forgetful()
    found = await templates.everything(forgetful, WABA_ID, "token")  # type: ignore[arg-type]
    assert [one.meta_id for one in found] == ["3", "4"]
    assert forgetful.asked == [None, "c", None, "c"]


async def test_a_list_without_end_is_not_one():
    class Endless:
        async def get(self, _path: str, _token: str, **_query: str) -> dict[str, object]:
            return {"data": [], "paging": {"cursors": {"after": "c"}, "next": "x"}}

    with pytest.raises(GraphAway, match="more than 100 pages"):
        await templates.everything(Endless(), WABA_ID, "token")  # type: ignore[arg-type]


async def test_another_refusal_is_not_swallowed(graph):
    with pytest.raises(GraphRefused) as caught:
        await templates.everything(graph, WABA_ID, "")
    assert caught.value.code == 190


async def test_a_new_template_waits_for_review_and_is_approved(meta, graph):
    meta_id, status, category = await templates.create(graph, WABA_ID, "token", new("promo"))
    assert (status, category) == ("PENDING", "MARKETING")
    template = meta.world.catalogue.find(WABA_ID, "promo", "es_MX")
    assert template is not None
    assert template.id == meta_id
    await until(lambda: template.status == "APPROVED")


async def test_the_same_name_and_language_again_is_refused(graph):
    await templates.create(graph, WABA_ID, "token", new("promo"))
    with pytest.raises(GraphRefused, match="already exists"):
        await templates.create(graph, WABA_ID, "token", new("promo"))
    await templates.create(graph, WABA_ID, "token", new("promo", "en_US"))


async def test_an_edit_goes_through_review_again(meta, graph):
    meta_id = next(one.meta_id for one in await templates.everything(graph, WABA_ID, "t") if one.name == "order_ready")
    await templates.edit(graph, meta_id, "token", {"components": BODY})
    template = meta.world.catalogue.find(WABA_ID, "order_ready", "es_MX")
    assert template is not None
    assert template.components == BODY
    with pytest.raises(GraphRefused) as caught:
        await templates.edit(graph, meta_id, "token", {"components": BODY})
    assert caught.value.code == 2388039
    await until(lambda: template.status == "APPROVED")


async def test_one_language_is_deleted_by_its_id_and_all_by_the_name(graph):
    meta_id, *_ = await templates.create(graph, WABA_ID, "token", new("promo"))
    await templates.create(graph, WABA_ID, "token", new("promo", "en_US"))
    await templates.delete(graph, WABA_ID, "token", name="promo", meta_id=meta_id)
    left = [one.language for one in await templates.everything(graph, WABA_ID, "token") if one.name == "promo"]
    assert left == ["en_US"]
    await templates.delete(graph, WABA_ID, "token", name="promo")
    assert "promo" not in {one.name for one in await templates.everything(graph, WABA_ID, "token")}
    with pytest.raises(GraphRefused):
        await templates.delete(graph, WABA_ID, "token", name="promo")


def test_what_meta_leaves_out_has_its_default():
    raw = {"id": 12, "name": "a", "language": "en"}
    assert templates.parsed(raw) == RemoteTemplate(
        meta_id="12", name="a", language="en", status="PENDING", components=[]
    )
    told = raw | {"status": "rejected", "rejected_reason": "INVALID_FORMAT", "parameter_format": "named"}
    assert templates.parsed(told).status == "REJECTED"
    assert templates.parsed(told).rejected_reason == "INVALID_FORMAT"
    assert templates.parsed(told).parameter_format == "NAMED"


@pytest.mark.parametrize(
    ("answer", "cursor"),
    [
        ({"paging": {"cursors": {"after": "c"}, "next": "x"}}, "c"),
        ({"paging": {"cursors": {"after": "c"}}}, None),
        ({"paging": {"next": "x"}}, None),
        ({}, None),
    ],
)
def test_only_next_says_that_there_is_more(answer, cursor):
    assert templates.following(answer) == cursor
