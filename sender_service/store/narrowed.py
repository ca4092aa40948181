"""A query with optional filters -> the query with those that were given: short to plan, and fit to be planned once.

A filter is a line that ends in `($3::bigint is null or lead_id = $3)`. Its parameter stays where it is, given or not.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

_FILTER = re.compile(r"\(\$(\d+)::([a-z]+(?:\[\])?) is null or (.+)\)$", re.MULTILINE)
_REMEMBERED = 2000


def narrowed(query: str, arguments: Sequence[object], *ends: int) -> str:
    """The query for these arguments from $1 on; `ends` (limit and offset) stand in it in place of those that follow.

    Truth values are written out, for only so partial indexes are found; so are the ends, for how much is read decides
    which index is best.
    """
    given = tuple(value if value is None or isinstance(value, bool) else 0 for value in arguments)
    return _narrowed(query, given, ends)


@lru_cache(maxsize=_REMEMBERED)
def _narrowed(query: str, given: tuple[bool | int | None, ...], ends: tuple[int, ...]) -> str:
    def chosen(found: re.Match[str]) -> str:
        number, kind, condition = found.groups()
        value = given[int(number) - 1]
        if value is None:
            return f"${number}::{kind} is null"
        if isinstance(value, bool):
            condition = re.sub(rf"\${number}\b", str(value).lower(), condition)
            return f"${number}::{kind} is not null and ({condition})"
        return f"({condition})"

    text = _FILTER.sub(chosen, query)
    for number, end in enumerate(ends, len(given) + 1):
        text = re.sub(rf"\${number}\b", str(end), text)
    return text
