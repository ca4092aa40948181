"""What JSON may hold and Postgres or a JSON encoder may not: refused at the edge, where the sender of it can still be
told.
"""

from collections.abc import Iterable
from typing import Any, Final

from shared.contracts.errors import ContractViolation

MAX_BODY: Final = 512 * 1024
# orjson writes at most 254 levels; nothing Meta knows is deeper than ten.
MAX_DEPTH: Final = 64


def refuse_what_postgres_cannot_hold(value: Any, body: bytes) -> None:
    """Refuse NUL characters (jsonb and text cannot hold them) and deep nesting. The bytes tell cheaply whether a look
    is needed.
    """
    if b"\\u0000" in body or body.count(b"{") + body.count(b"[") > MAX_DEPTH:
        _walk(value)


def _walk(value: Any) -> None:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH + 2):  # the containers, what stands in the last one, and nothing below it
        if not level:
            return
        level = [child for item in level for child in _children(item)]
    raise ContractViolation("body", f"at most {MAX_DEPTH} levels deep")


def _children(item: Any) -> Iterable[Any]:
    if isinstance(item, dict):
        for key in item:
            _refuse_nul(key)
        return item.values()
    if isinstance(item, list):
        return item
    if isinstance(item, str):
        _refuse_nul(item)
    return ()


def _refuse_nul(text: str) -> None:
    if "\x00" in text:
        raise ContractViolation("body", "holds a NUL character")
