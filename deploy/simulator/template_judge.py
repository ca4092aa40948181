"""Does Meta know the template, is it approved, and is everything filled in? Judged from Meta's side."""

from typing import Any

from deploy.simulator.catalogue import Catalogue, Template
from deploy.simulator.errors import Problem, problem


def template_problem(catalogue: Catalogue, waba_id: str, content: dict[str, Any]) -> Problem | None:
    name, language = content["name"], content["language"]["code"]
    template = catalogue.find(waba_id, name, language)
    if template is None:
        return problem(132001, f"template name ({name}) does not exist in {language}")
    return _standing_problem(template) or _parts_problem(template, content.get("components") or [])


def _standing_problem(template: Template) -> Problem | None:
    match template.status:
        case "APPROVED":
            return None
        case "PAUSED":
            return problem(132015, f"Template {template.name} is paused due to low quality.")
        case "DISABLED":
            return problem(132016, f"Template {template.name} is disabled.")
        case _:
            return problem(132001, f"template name ({template.name}) is {template.status}")


def _parts_problem(template: Template, components: list[Any]) -> Problem | None:
    for part in ("HEADER", "BODY"):
        given = _parameters(components, part.lower())
        wanted = template.wanted(part)
        if wanted != len(given):
            counts = (
                f"number of localizable_params ({len(given)}) does not match the expected number of params ({wanted})"
            )
            return problem(132000, f"{part.lower()}: {counts}")
        if any(parameter.get("type") == "text" and not parameter.get("text") for parameter in given):
            return problem(131008, "Parameter of type text is missing text value")
    return None


def _parameters(components: list[Any], part: str) -> list[dict[str, Any]]:
    return [
        parameter
        for each in components
        if str(each.get("type")).lower() == part
        for parameter in each.get("parameters") or []
    ]
