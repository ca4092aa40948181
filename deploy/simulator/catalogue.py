"""The templates of each business account, as Meta holds them."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

_PLACEHOLDER: Final = re.compile(r"\{\{\s*\w+\s*\}\}")

SEEDS: Final[list[dict[str, Any]]] = [
    {
        "name": "hello_world",
        "language": "en_US",
        "category": "UTILITY",
        "components": [
            {"type": "HEADER", "format": "TEXT", "text": "Hello World"},
            {
                "type": "BODY",
                "text": "Welcome and congratulations!! This message demonstrates your ability to send a WhatsApp "
                "message notification from the Cloud API, hosted by Meta. "
                "Thank you for taking the time to test with us.",
            },
            {"type": "FOOTER", "text": "WhatsApp Business Platform sample message"},
        ],
    },
    {
        "name": "appointment_reminder",
        "language": "es_MX",
        "category": "UTILITY",
        "components": [
            {
                "type": "BODY",
                "text": "Hola {{1}}, te recordamos tu cita para {{2}} el {{3}} a las {{4}}. Responde SI para "
                "confirmar o llámanos al +52 998 316 2438 para reagendar.",
                "example": {"body_text": [["Ana", "Luna", "lunes", "10:00"]]},
            }
        ],
    },
    {
        "name": "vaccination_reminder",
        "language": "es_MX",
        "category": "UTILITY",
        "components": [
            {
                "type": "BODY",
                "text": "Hola {{1}}, {{2}} tiene vacunas pendientes. Agenda tu cita en petfriendlyvet.com o responde "
                "a este mensaje.",
                "example": {"body_text": [["Ana", "Luna"]]},
            }
        ],
    },
    {
        "name": "order_ready",
        "language": "es_MX",
        "category": "UTILITY",
        "components": [
            {
                "type": "BODY",
                "text": "Hola {{1}}, tu pedido #{{2}} está listo para recoger en Pet-Friendly. "
                "Horario: Mar-Dom 9am-8pm.",
                "example": {"body_text": [["Ana", "1234"]]},
            }
        ],
    },
]


@dataclass(slots=True, kw_only=True)
class Template:
    """One language of one template at Meta."""

    id: str
    name: str
    language: str
    category: str = "UTILITY"
    status: str = "APPROVED"
    parameter_format: str = "POSITIONAL"
    components: list[dict[str, Any]] = field(default_factory=list)
    quality: str = "GREEN"
    rejected_reason: str = "NONE"

    def as_dict(self) -> dict[str, Any]:
        """As `GET /{waba}/message_templates` lists it."""
        return {
            "id": self.id,
            "name": self.name,
            "language": self.language,
            "status": self.status,
            "category": self.category,
            "parameter_format": self.parameter_format,
            "components": self.components,
            "quality_score": {"score": self.quality},
            "rejected_reason": self.rejected_reason,
        }

    def wanted(self, part: str) -> int:
        """How many parameters HEADER or BODY needs: its text's placeholders, or one for a header's media."""
        if part == "HEADER" and self.header_format() not in {None, "TEXT"}:
            return 1
        texts = [str(each.get("text") or "") for each in self.components if str(each.get("type")).upper() == part]
        return len(set(_PLACEHOLDER.findall(" ".join(texts))))

    def header_format(self) -> str | None:
        """TEXT, IMAGE, VIDEO, DOCUMENT, LOCATION; None without a header."""
        headers = [each for each in self.components if str(each.get("type")).upper() == "HEADER"]
        return str(headers[0].get("format") or "TEXT").upper() if headers else None


class Catalogue:
    """Templates by business account; an account not yet seen starts with the seeds."""

    def __init__(self) -> None:
        self._accounts: dict[str, dict[tuple[str, str], Template]] = {}
        self._made = 0

    def clear(self) -> None:
        self._accounts.clear()

    def of(self, waba_id: str) -> dict[tuple[str, str], Template]:
        """The account's templates by name and language."""
        account = self._accounts.get(waba_id)
        if account is None:
            account = self._accounts[waba_id] = {}
            for seed in SEEDS:
                self.add(waba_id, {**seed, "status": "APPROVED"})
        return account

    def add(self, waba_id: str, fields: dict[str, Any]) -> Template:
        """Store a new template; ids have 16 digits as Meta's have."""
        self._made += 1
        template = Template(id=str(10**15 + self._made), **fields)
        self.of(waba_id)[template.name, template.language] = template
        return template

    def find(self, waba_id: str, name: str, language: str) -> Template | None:
        return self.of(waba_id).get((name, language))

    def by_id(self, template_id: str) -> tuple[str, Template] | None:
        """The business account and the template of that id."""
        for waba_id, account in self._accounts.items():
            for template in account.values():
                if template.id == template_id:
                    return waba_id, template
        return None

    def remove(self, waba_id: str, template: Template) -> None:
        del self.of(waba_id)[template.name, template.language]
