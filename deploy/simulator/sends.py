"""`POST /{phone-number-id}/messages`: judge, strike with faults, record, answer. Synchronous: the hot path makes no
task.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Final

import orjson

from deploy.simulator.errors import Problem, problem
from deploy.simulator.faults import DAMAGING, REFUSING, STATUS, Fault
from deploy.simulator.ledger import ANSWERED
from deploy.simulator.numbers import Number
from deploy.simulator.template_judge import template_problem
from deploy.simulator.validation import message_problem
from deploy.simulator.world import World

_JSON: Final = b"application/json; charset=UTF-8"
_HTML_TYPE: Final = b"text/html; charset=utf-8"
_HTML: Final = b"<html><head><title>Error</title></head><body>Sorry, something went wrong.</body></html>"
# A template may reach whom a message may not; reactions and the rest need an open window.
_OPEN_AT_ANY_TIME: Final = frozenset({"template"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. `silent`: nothing at all; `cut_after`: so many bytes, then the connection closes; `extra_s`:
    later than usual.
    """

    status: int
    body: bytes
    content_type: bytes = _JSON
    silent: bool = False
    cut_after: int | None = None
    extra_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Send:
    """One request, parsed."""

    number: Number
    token: str
    to: str
    body: dict[str, Any]
    raw: bytes


class Sends:
    """Plays the messages endpoint for every number."""

    def __init__(self, world: World) -> None:
        self._world = world

    def handle(self, number_id: str, token: str, raw: bytes, *, now: float) -> Answer:
        """The answer to one request, which came at this moment of the monotonic clock."""
        parsed = self._parse(number_id, token, raw)
        if isinstance(parsed, Problem):
            return self._refuse(parsed)
        faults = self._world.faults
        fault = faults.draw(REFUSING | DAMAGING, number=number_id, to=parsed.to, token=token) if faults.orders else None
        if fault is not None and fault.is_before:
            return self._strike_before(fault)
        if "status" in parsed.body:
            return self._mark_read(parsed)
        refused = self._judge(parsed, now)
        if refused is not None:
            return self._refuse(refused)
        return self._accept(parsed, now, fault)

    def _parse(self, number_id: str, token: str, raw: bytes) -> Send | Problem:
        if not token or token in self._world.expired_tokens:
            return problem(190, "Error validating access token: it is missing or has expired.")
        number = self._world.numbers.get(number_id)
        if number is None:
            return problem(
                33, f"Object with ID '{number_id}' does not exist or cannot be loaded due to missing permissions."
            )
        if number.tokens and token not in number.tokens:
            return problem(190, "The access token could not be decrypted or has expired.")
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError:
            return problem(100, "The request body is not valid JSON.")
        if not isinstance(body, dict):
            return problem(100, "The request body must be a JSON object.")
        to = _plain(body.get("to")) if body.get("recipient_type") != "group" else str(body.get("to"))
        return Send(number, token, to or str(body.get("recipient") or ""), body, raw)

    def _judge(self, send: Send, now: float) -> Problem | None:
        """Form first, then limits, then what Meta knows about number, user and template."""
        wrong = message_problem(send.body)
        if wrong is not None:
            return wrong
        return self._limit_problem(send, now) or self._standing_problem(send)

    def _limit_problem(self, send: Send, now: float) -> Problem | None:
        options, number = self._world.options, send.number
        if options.enforce_throughput and number.over_throughput(now):
            return problem(130429, f"Cloud API message throughput has been reached ({number.throughput} per second).")
        if options.enforce_pair and number.over_pair_limit(send.to, now):
            return problem(
                131056, "Too many messages sent from this phone number to the same recipient in a short period of time."
            )
        return None

    def _standing_problem(self, send: Send) -> Problem | None:
        kind, number = send.body.get("type", "text"), send.number
        if number.status != "CONNECTED":
            return problem(133010, "Phone number is not registered on the WhatsApp Business Platform.")
        if send.to == number.digits:
            return problem(131021, "Recipient and sender phone numbers are the same.")
        if kind == "template":
            wrong = template_problem(self._world.catalogue, number.waba_id, send.body["template"])
            return wrong or self._portfolio_problem(send)
        if (
            self._world.options.enforce_window
            and kind not in _OPEN_AT_ANY_TIME
            and not number.window_open(send.to, time.time())
        ):
            return problem(
                131047, "Message failed to send because more than 24 hours have passed since the customer last replied."
            )
        return None

    def _portfolio_problem(self, send: Send) -> Problem | None:
        """So many different people a day may be written to outside of a service window."""
        most, wall = self._world.options.portfolio_limit, time.time()
        if not most or send.number.window_open(send.to, wall):
            return None
        if not self._world.audience.admits(send.to, wall, most):
            return problem(131048, f"The portfolio's messaging limit of {most} people in 24 hours has been reached.")
        return None

    def _accept(self, send: Send, now: float, fault: Fault | None) -> Answer:
        world = self._world
        order = world.ledger.append(
            monotonic=now,
            wall=time.time(),
            number=send.number.id,
            to=send.to,
            kind=send.body.get("type", "text"),
            callback=send.body.get("biz_opaque_callback_data"),
            body_hash=blake2b(send.raw, digest_size=16).digest(),
            fate=fault.fault if fault else ANSWERED,
        )
        self._report(send, order, now)
        answer = Answer(200, _accepted(send, world.ledger.wamid(order), world.wa_id(send.to)))
        return _damaged(answer, fault) if fault is not None else answer

    def _report(self, send: Send, order: int, now: float) -> None:
        world = self._world
        fault = (
            world.faults.draw(STATUS, number=send.number.id, to=send.to, token=send.token)
            if world.faults.orders
            else None
        )
        if fault is None:
            world.statuses.expect(order, now)
        elif fault.fault == "status_failed":
            world.statuses.fail(order, now, problem(fault.code, fault.details).in_webhook())

    def _mark_read(self, send: Send) -> Answer:
        if send.body.get("status") != "read" or not send.body.get("message_id"):
            return self._refuse(problem(100, "The parameter message_id is required."))
        self._world.read.append((send.number.id, send.body["message_id"], "typing_indicator" in send.body))
        return Answer(200, b'{"success":true}')

    def _strike_before(self, fault: Fault) -> Answer:
        self._world.refused[fault.code if fault.fault == "error" else fault.fault] += 1
        match fault.fault:
            case "time_out":
                return Answer(0, b"", silent=True)
            case "connection_cut":
                return Answer(0, b"", cut_after=0)
            case "server_error":
                return _server_error(fault)
            case _:
                struck = problem(fault.code, fault.details)
                return Answer(struck.status, struck.body(self._world.trace()))

    def _refuse(self, refused: Problem) -> Answer:
        self._world.refused[refused.code] += 1
        return Answer(refused.status, refused.body(self._world.trace()))


def _plain(to: object) -> str:
    return "".join(sign for sign in to if sign.isdigit()) if isinstance(to, str) else ""


def _accepted(send: Send, wamid: str, wa_id: str) -> bytes:
    body = send.body
    if "to" in body:
        contact = b'{"input":%b,"wa_id":%b}' % (orjson.dumps(body["to"]), orjson.dumps(wa_id))
    else:
        contact = b'{"input":%b,"user_id":%b}' % (orjson.dumps(body["recipient"]), orjson.dumps(body["recipient"]))
    standing = b',"message_status":"accepted"' if body.get("type") == "template" else b""
    return b'{"messaging_product":"whatsapp","contacts":[%b],"messages":[{"id":"%b"%b}]}' % (
        contact,
        wamid.encode(),
        standing,
    )


def _server_error(fault: Fault) -> Answer:
    if fault.body is None:
        return Answer(fault.status, _HTML, content_type=_HTML_TYPE)
    return Answer(fault.status, fault.body.encode())


def _damaged(answer: Answer, fault: Fault) -> Answer:
    """The same message, processed, but the answer does not come as it should."""
    return _DAMAGE[fault.fault](answer, fault)


_DAMAGE: Final[dict[str, Callable[[Answer, Fault], Answer]]] = {
    "accept_then_time_out": lambda _answer, _fault: Answer(0, b"", silent=True),
    "answer_lost": lambda _answer, _fault: Answer(0, b"", cut_after=0),
    "answer_cut": lambda answer, fault: replace(answer, cut_after=fault.after_bytes),
    "server_error": lambda _answer, fault: _server_error(fault),
    "wrong_content_type": lambda _answer, _fault: Answer(200, _HTML, content_type=_HTML_TYPE),
    "no_id": lambda _answer, _fault: Answer(200, b'{"messaging_product":"whatsapp","contacts":[],"messages":[]}'),
    "held": lambda answer, _fault: replace(
        answer, body=answer.body.replace(b'"accepted"', b'"held_for_quality_assessment"')
    ),
    "slow": lambda answer, fault: replace(answer, extra_s=fault.seconds),
}
