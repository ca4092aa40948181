"""Pieces that several message types share."""

from typing import Any, Final

from deploy.simulator.errors import Problem

MISSING: Final = 131008
VALUE: Final = 131009


def text_problem(
    owner: dict[str, Any], key: str, *, most: int, least: int = 1, optional: bool = False, field: str | None = None
) -> Problem | None:
    """A text of that many characters under that key."""
    name, value = field or key, owner.get(key)
    if value is None:
        return None if optional else Problem(MISSING, f"{name} is required.")
    if not isinstance(value, str):
        return Problem(VALUE, f"{name} must be a string.")
    if not least <= len(value) <= most:
        return Problem(VALUE, f"{name} must have {least} to {most} characters, has {len(value)}.")
    return None


def media_problem(content: Any) -> Problem | None:
    """Exactly one of id and link."""
    if not isinstance(content, dict):
        return Problem(VALUE, "media must be an object.")
    if ("id" in content) == ("link" in content):
        return Problem(100, "Exactly one of id and link is required.")
    if "link" in content and not str(content["link"]).startswith(("http://", "https://")):
        return Problem(VALUE, "link must be an http or https address.")
    return None


def first(*problems: Problem | None) -> Problem | None:
    """The first that is one."""
    return next((each for each in problems if each is not None), None)
