"""One message to a list: every row is judged and reported.

Nothing is sent for a refused row, and a person gets one message.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from pydantic import ValidationError

from sender_service import phone
from sender_service.api import spreadsheet
from sender_service.api.endpoint import read_json, read_text, told
from sender_service.api.handlers.send import SOURCE, rejection, sender_of
from sender_service.api.handlers.template_send import fit, named, stored
from sender_service.api.idempotency import body_hash, claim, idempotency_key
from sender_service.api.problems import Problem, invalid
from sender_service.api.route import Call, Nothing, Reply
from sender_service.api.shapes.bulk import MOST_ROWS, BulkQuery, BulkRecipient, BulkRequest, BulkTemplate
from sender_service.sending.accept import Accepted
from sender_service.sending.template_fill import content
from sender_service.sending.templates import StoredTemplate
from sender_service.store import addressees, audit
from sender_service.store.command_keys import Key
from sender_service.store.tenancy import acting
from shared.contracts.errors import ContractViolation
from shared.contracts.send_message import SendMessage, from_data

MAX_BYTES = 8 << 20
ACCEPTED_AT_ONCE = 200
KEYS = "/api/v1/messages/bulk"
_ADDRESS = frozenset({"to", "lead_id", "contact_id"})


@dataclass(slots=True)
class Report:
    """What becomes of each row."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def put(self, row: int, status: str, *, id: int | None = None, problem: str | None = None) -> None:  # noqa: A002
        self.rows.append({"row": row, "id": id, "status": status, "problem": problem})

    def answer(self) -> dict[str, Any]:
        counts = {"refused": 0, "duplicate": 0}
        for row in self.rows:
            if row["status"] in counts:
                counts[row["status"]] += 1
        accepted = len(self.rows) - sum(counts.values())
        rows = sorted(self.rows, key=lambda row: int(row["row"]))
        return {"accepted": accepted, "refused": counts["refused"], "duplicates": counts["duplicate"], "rows": rows}


@dataclass(frozen=True, slots=True)
class Content:
    """What is sent, and from where: a template with the variables of all rows, or a message as it is."""

    phone_number_id: str
    country: str | None
    template: StoredTemplate | None
    variables: Mapping[str, str]
    message: Mapping[str, Any]

    def data(self, address: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
        """The `data` of one row's command. Raise `Problem` when its variables do not fill the template."""
        common = {"phone_number_id": self.phone_number_id, **address}
        if self.template is None:
            return {**self.message, **common}
        filled = {**self.variables, **variables}
        fit(self.template, filled)
        return {**common, "type": "template", "template": content(self.template, filled)}


async def send(call: Call[BulkQuery, Nothing]) -> Reply:
    """Accept a list from a JSON body or a CSV upload, into the bulk lane."""
    key = idempotency_key(call.request)
    body = await _request(call)
    what = await _content(call, body)
    async with acting(call.runtime.pool, call.organization_id) as conn:
        # A request that broke off goes on where it ended: each row has a key of its own.
        await claim(conn, Key(call.organization_id, KEYS, key), body_hash(body))
    report = Report()
    wanted = await _addressed(call, _valid(body.recipients, report), report, what.country)
    await _accept(call, what, wanted, key=key, report=report)
    answer = report.answer()
    async with acting(call.runtime.pool, call.organization_id) as conn:
        facts = {name: answer[name] for name in ("accepted", "refused", "duplicates")}
        await audit.record(conn, call.actor, "messages.bulk_sent", "messages", **facts)
    return Reply(answer, headers={"Idempotency-Key": key})


async def _request(call: Call[BulkQuery, Nothing]) -> BulkRequest:
    if call.request.content_type == "text/csv":
        return _from_csv(call.query, await read_text(call.request, MAX_BYTES))
    if call.request.content_type != "application/json":
        raise Problem("UNSUPPORTED_MEDIA_TYPE", "send application/json or text/csv")
    value: BulkRequest = await read_json(call.request, BulkRequest, MAX_BYTES)
    return value


def _from_csv(query: BulkQuery, text: str) -> BulkRequest:
    """Rows of a CSV file; what is no address is a variable of the template named in the query."""
    if query.template is None:
        raise invalid("template", "is needed with a CSV upload")
    rows = [_csv_row(row) for row in islice(spreadsheet.rows(text), MOST_ROWS + 1)]
    if not 1 <= len(rows) <= MOST_ROWS:
        raise invalid("body", f"needs 1 to {MOST_ROWS} rows beneath a header")
    template = BulkTemplate(name=query.template, language=query.language)
    return BulkRequest(recipients=rows, template=template, phone_number_id=query.phone_number_id)


def _csv_row(row: Mapping[str | None, Any]) -> dict[str, Any]:
    cells = {
        name.strip(): value.strip() for name, value in row.items() if name and isinstance(value, str) and value.strip()
    }
    address: dict[str, Any] = {name: value for name, value in cells.items() if name in _ADDRESS}
    for name in ("lead_id", "contact_id"):
        if name in address and address[name].isdecimal() and len(address[name]) < 19:
            address[name] = int(address[name])
    return {**address, "variables": {name: value for name, value in cells.items() if name not in _ADDRESS}}


async def _content(call: Call[BulkQuery, Nothing], body: BulkRequest) -> Content:
    async with acting(call.runtime.pool, call.organization_id) as conn:
        sender = await sender_of(conn, call.organization_id, body.phone_number_id)
        country = call.runtime.settings.default_country_code or sender["country"]
        asked, account = body.template, sender["business_account_id"]
        if asked is None:
            return Content(sender["id"], country, None, {}, body.message or {})
        chosen = await named(conn, call.organization_id, account, name=asked.name, language=asked.language)
    return Content(sender["id"], country, stored(chosen), asked.variables, {})


def _valid(rows: Sequence[Mapping[str, Any]], report: Report) -> list[tuple[int, BulkRecipient]]:
    """Rows that have the form of one, with their places."""
    valid = []
    for place, row in enumerate(rows, start=1):
        try:
            valid.append((place, BulkRecipient.model_validate(row)))
        except ValidationError as error:
            field, problem = told(error.errors(include_url=False, include_input=False)[0])
            report.put(place, "refused", problem=f"{field}: {problem}" if field else problem)
    return valid


async def _addressed(
    call: Call[BulkQuery, Nothing],
    rows: Sequence[tuple[int, BulkRecipient]],
    report: Report,
    country: str | None,
) -> list[tuple[int, dict[str, Any], Mapping[str, str]]]:
    """Rows with the address they stand for; a person stands in the list once."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        leads = await addressees.of_leads(conn, call.organization_id, [row.lead_id for _, row in rows if row.lead_id])
        contacts = await addressees.of_contacts(
            conn, call.organization_id, [row.contact_id for _, row in rows if row.contact_id]
        )
    seen: set[str] = set()
    found: list[tuple[int, dict[str, Any], Mapping[str, str]]] = []
    for place, row in rows:
        try:
            address = _address(row, leads, contacts)
            person = _person(address, country)
        except ValueError as error:
            report.put(place, "refused", problem=str(error))
            continue
        if person in seen:
            report.put(place, "duplicate", problem="the same person stands in an earlier row")
            continue
        seen.add(person)
        found.append((place, address, row.variables))
    return found


def _address(
    row: BulkRecipient, leads: Mapping[int, str | None], contacts: Mapping[int, tuple[str | None, str | None]]
) -> dict[str, Any]:
    """`to` or `recipient` of a row, and its lead; ValueError says why there is none."""
    lead = {"lead_id": row.lead_id} if row.lead_id else {}
    if row.lead_id and row.lead_id not in leads:
        raise ValueError("lead_id: is not a lead of this organization")
    if row.to:
        return {"to": row.to, **lead}
    if row.contact_id:
        digits, bsuid = contacts.get(row.contact_id, (None, None))
        if digits:
            return {"to": f"+{digits}", **lead}
        if bsuid:
            return {"recipient": bsuid, **lead}
        raise ValueError("contact_id: is not a contact that can be written to")
    digits = leads.get(row.lead_id or 0)
    if not digits:
        raise ValueError("lead_id: the lead has no phone")
    return {"to": f"+{digits}", **lead}


def _person(address: Mapping[str, Any], country: str | None) -> str:
    if "to" not in address:
        return str(address["recipient"])
    try:
        return phone.fold(phone.normalize(address["to"], country).digits)
    except phone.NotAPhoneNumber as error:
        raise ValueError(f"to: {error}") from None


async def _accept(
    call: Call[BulkQuery, Nothing],
    what: Content,
    rows: Sequence[tuple[int, dict[str, Any], Mapping[str, str]]],
    *,
    key: str,
    report: Report,
) -> None:
    """Through the one door in bounded batches. A row's command is named by the request's key and its place."""
    commands: list[tuple[int, SendMessage]] = []
    for place, address, variables in rows:
        try:
            data = what.data(address, variables)
            commands.append((place, from_data(data, source=SOURCE, id=f"{key}.{place}", lane="bulk")))
        except ContractViolation as error:
            report.put(place, "refused", problem=f"{error.field.removeprefix('data.')}: {error.problem}")
        except Problem as problem:
            report.put(place, "refused", problem=problem.detail)
    for start in range(0, len(commands), ACCEPTED_AT_ONCE):
        batch = commands[start : start + ACCEPTED_AT_ONCE]
        results = await call.runtime.accept([command for _, command in batch], organization_id=call.organization_id)
        for (place, _), result in zip(batch, results, strict=True):
            if isinstance(result, Accepted):
                report.put(place, result.status, id=result.message_id)
            else:
                refusal = rejection(result)
                report.put(place, "refused", problem=refusal.detail or refusal.code)
