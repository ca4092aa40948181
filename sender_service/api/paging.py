"""Lists: `page` and `limit` for people, an opaque cursor for programs, a total that is exact up to 10,000."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field

from sender_service.api.problems import Problem, invalid

MAX_PAGE = 1_000
MAX_TOTAL = 10_000


class Paging(BaseModel):
    """The query of every list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    page: int = Field(1, ge=1, description="1 is the newest page; past 1,000 use `cursor`.")
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(
        None, max_length=300, description="The `next` of the page before; `page` is then ignored."
    )

    @property
    def offset(self) -> int:
        """Rows to skip; with a cursor none."""
        if self.cursor is not None:
            return 0
        if self.page > MAX_PAGE:
            raise Problem("PAGE_TOO_DEEP", "page: at most 1000; follow the cursor in `next` instead")
        return (self.page - 1) * self.limit


@dataclass(frozen=True, slots=True)
class Total:
    """How many rows match; `exact` is False when there are more than were counted."""

    count: int
    exact: bool = True


def capped(count: int) -> Total:
    """A count made with a limit of 10,001."""
    return Total(min(count, MAX_TOTAL), count <= MAX_TOTAL)


def total_told(rows: Sequence[Any], paging: Paging) -> int | None:
    """The total where a page tells it itself, being the last of numbered ones; `rows` as for `listing`."""
    if paging.cursor is not None or len(rows) > paging.limit or (paging.offset and not rows):
        return None
    return paging.offset + len(rows)


def encode_cursor(key: Sequence[Any]) -> str:
    """The key of a page's last row, opaque to the caller."""
    return urlsafe_b64encode(orjson.dumps(list(key))).rstrip(b"=").decode()


def decode_cursor(cursor: str | None, *parsers: Callable[[Any], Any]) -> tuple[Any, ...] | None:
    """The key in a cursor, each part through its parser; a broken one is a refusal, not a fault."""
    if cursor is None:
        return None
    try:
        parts = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return tuple(parse(part) for parse, part in zip(parsers, parts, strict=True))
    except (ValueError, TypeError, OverflowError):
        raise invalid("cursor", "is not one this service made") from None


def listing(
    rows: Sequence[Any], total: Total, paging: Paging, key: Callable[[Any], Sequence[Any]] | None = None
) -> dict[str, Any]:
    """The one shape of a list. `rows` may hold one row more than the page: it says that there is a next page."""
    data = rows[: paging.limit]
    more = len(rows) > paging.limit
    cursor = encode_cursor(key(data[-1])) if key and more else None
    totals = {"total": total.count, "total_exact": total.exact}
    return {"data": data, **totals, "page": paging.page, "limit": paging.limit, "next": cursor}
