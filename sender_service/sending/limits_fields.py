"""The pieces limits are made of: each looks at one field and names it, the limit and the value's length when it
refuses.
"""

import math
from collections.abc import Collection
from typing import Any


class Invalid(ValueError):
    """A field breaks a limit. The value itself is never told: it may be personal."""

    def __init__(self, field: str, problem: str, *, limit: int | None = None, length: int | None = None) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem
        self.limit = limit
        self.length = length


def text(
    owner: dict[str, Any], key: str, field: str, *, most: int, least: int = 1, optional: bool = False
) -> str | None:
    """A text of `least` to `most` characters."""
    value = _present(owner, key, field, optional=optional)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Invalid(field, "must be a text")
    _bounded(len(value), field, least=least, most=most, unit="characters")
    return value


def website(owner: dict[str, Any], key: str, field: str, *, most: int = 2000) -> None:
    """An address Meta can fetch or open."""
    value = text(owner, key, field, most=most)
    if value is not None and not value.startswith(("http://", "https://")):
        raise Invalid(field, "must begin with http:// or https://")


def number(owner: dict[str, Any], key: str, field: str, *, most: float) -> None:
    """A number between -most and +most, written as a number or as text."""
    value = _present(owner, key, field, optional=False)
    try:
        amount = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except ValueError:
        amount = math.nan
    if not -most <= amount <= most:
        raise Invalid(field, f"must be a number from {-most} to {most}")


def boolean(owner: dict[str, Any], key: str, field: str) -> None:
    """True, false or absent."""
    if not isinstance(owner.get(key, False), bool):
        raise Invalid(field, "must be true or false")


def choice(
    owner: dict[str, Any], key: str, field: str, allowed: Collection[str], *, optional: bool = False
) -> str | None:
    """One of a few texts."""
    value = _present(owner, key, field, optional=optional)
    if value is None:
        return None
    if not isinstance(value, str) or value not in allowed:
        raise Invalid(field, f"must be one of {', '.join(sorted(allowed))}")
    return value


def child(owner: Any, key: str, field: str) -> dict[str, Any]:
    """An object that has to be there."""
    value = _present(owner, key, field, optional=False) if isinstance(owner, dict) else None
    if not isinstance(value, dict):
        raise Invalid(field, "must be an object")
    return value


def items(owner: dict[str, Any], key: str, field: str, *, most: int, least: int = 1) -> list[dict[str, Any]]:
    """An array of `least` to `most` objects."""
    value = _present(owner, key, field, optional=False)
    if not isinstance(value, list):
        raise Invalid(field, "must be an array")
    _bounded(len(value), field, least=least, most=most, unit="elements")
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            raise Invalid(f"{field}.{index}", "must be an object")
    return value


def total(count: int, field: str, *, most: int, unit: str) -> None:
    """A count over several arrays together."""
    _bounded(count, field, least=1, most=most, unit=unit)


def _present(owner: dict[str, Any], key: str, field: str, *, optional: bool) -> Any:
    value = owner.get(key)
    if value is None and not (optional and key not in owner):
        raise Invalid(field, "is missing" if key not in owner else "must not be null")
    return value


def _bounded(length: int, field: str, *, least: int, most: int, unit: str) -> None:
    if length > most:
        raise Invalid(field, f"at most {most} {unit}, was {length}", limit=most, length=length)
    if length < least:
        raise Invalid(field, f"at least {least} {unit}, was {length}", limit=least, length=length)
