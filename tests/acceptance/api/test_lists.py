"""Every list is walked the same way: by the cursor in `next`, to the end, each row once."""

import pytest

from sender_service.api.routes import ROUTES
from tests.acceptance.api.conftest import ACCOUNT, Api
from tests.acceptance.api.test_every_route import label, path_of

LISTS = [route for route in ROUTES if "cursor" in route.query.model_fields]
BROKEN = [
    "x", "W10", "WzBd", "WyIiXQ", "WzFlNDAwXQ", "bnVsbA", "e30", "%00", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5XQ", "é",
]  # fmt: skip


async def walked(api: Api, path: str) -> tuple[list[object], int]:
    """The ids of a list read one by one, and what it said the total was."""
    ids, cursor = [], ""
    while True:
        page = (await api.get(f"{path}?limit=1{cursor}")).ok()
        ids += [row["id"] for row in page["data"]]
        if page["next"] is None:
            return ids, page["total"]
        cursor = f"&cursor={page['next']}"


async def test_a_list_read_by_its_cursors_has_every_row_once(api: Api):
    for place in range(3):
        (await api.post("/users", {"email": f"{place}@x.it", "name": "x", "role": "SELLER"})).ok(201)
        (await api.post("/pipelines", {"name": "p", "stages": [{"name": "s"}]})).ok(201)
        number = {"id": f"20{place}", "business_account_id": ACCOUNT, "phone": f"+3906123456{place}0"}
        (await api.post("/numbers", number)).ok(201)
    for path in ("/users", "/pipelines", "/numbers", "/api-keys", "/audit-log"):
        ids, total = await walked(api, path)
        assert total >= 3, path
        assert len(ids) == len(set(ids)) == total, path


@pytest.mark.timeout(60)
async def test_a_cursor_that_nobody_made_is_refused_by_every_list(api: Api):
    for route in LISTS:
        for cursor in BROKEN:
            answered = await api.get(path_of(route), params={"cursor": cursor})
            # What hangs on something that does not exist may say so first.
            assert answered.status in ({422, 404} if "{" in route.path else {422}), (label(route), cursor)
