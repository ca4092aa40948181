"""Webhook bodies and send commands as the load writes them: pure bytes, built cheaply, each with its own marker."""

import base64
import hashlib
import hmac
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

KIBIBYTE = 1024
SOURCE = "colomba.stand"
# Begins every text of a fault run: no log may ever hold it.
PRIVATE = "private-words"


@dataclass(frozen=True, slots=True)
class Status:
    """One status update: of which message, what, and the attempt id Meta echoes."""

    wamid: str
    status: str
    recipient: str
    attempt_id: str = ""


def signature(secret: str, body: bytes) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def http_request(body: bytes, secret: str, host: str = "127.0.0.1") -> bytes:
    """A whole signed POST, ready to be written to a connection."""
    head = (
        f"POST /webhooks/whatsapp HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature-256: {signature(secret, body)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def wamid_of(phone: str, name: str, *, ours: bool = False) -> str:
    """The message id of Meta's form that belongs to a name: it begins with the customer's number, as Meta's do."""
    kind, length = (b"\x11", 18) if ours else (b"\x12", 20)
    code = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[:length].upper()
    number, words = bytes([len(phone)]) + phone.encode(), bytes([length]) + code.encode()
    written = b"\x1c\x18" + number + b"\x15\x02\x00" + kind + b"\x18" + words + b"\x00"
    return f"wamid.{base64.b64encode(written).decode()}"


def new_wamid() -> str:
    """A message id of Meta's form that nobody has used."""
    return f"wamid.HBgM{uuid.uuid4().hex.upper()}"


def inbound(  # noqa: PLR0917 - four facts of every message and two that are rare
    number: str, customer: str, wamid: str, text: str, size: int = 0, age: int = 0
) -> bytes:
    """A webhook with one text message `age` seconds old, padded with text to `size` bytes."""
    message = {
        "from": customer,
        "id": wamid,
        "timestamp": str(int(time.time()) - age),
        "type": "text",
        "text": {"body": text},
    }
    value = {"contacts": [{"profile": {"name": f"Customer {customer[-4:]}"}, "wa_id": customer}], "messages": [message]}
    body = _envelope(number, value)
    if len(body) < size:
        message["text"] = {"body": text + " " + "x" * (size - len(body) - 1)}
        body = _envelope(number, value)
    return body


def statuses(number: str, updates: Sequence[Status]) -> bytes:
    """A webhook with so many status updates of one number."""
    now = str(int(time.time()))
    return _envelope(number, {"statuses": [_status(update, now) for update in updates]})


def _status(update: Status, timestamp: str) -> dict[str, object]:
    return {
        "id": update.wamid,
        "status": update.status,
        "timestamp": timestamp,
        "recipient_id": update.recipient,
        **({"biz_opaque_callback_data": update.attempt_id} if update.attempt_id else {}),
        "pricing": {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "utility"},
    }


def _envelope(number: str, value: Mapping[str, object]) -> bytes:
    metadata = {"display_phone_number": "15550000000", "phone_number_id": number}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [{"id": "100", "changes": [change]}]})


def text(body: str) -> dict[str, object]:
    """A text as part of a command's data."""
    return {"type": "text", "text": {"body": body}}


def template(name: str, parameter: str) -> dict[str, object]:
    """A template with one parameter as part of a command's data."""
    component = {"type": "body", "parameters": [{"type": "text", "text": parameter}]}
    return {"type": "template", "template": {"name": name, "language": {"code": "en"}, "components": [component]}}


def send_command(key: str, number: str, recipient: str, message: Mapping[str, object], **extra: object) -> bytes:
    """A send command as CloudEvents JSON; `message` is its type and content, `extra` joins its data."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "type": "colomba.send_message.v1",
            "id": key,
            "source": SOURCE,
            "time": datetime.now(UTC).isoformat(),
            "datacontenttype": "application/json",
            "data": {"phone_number_id": number, "to": f"+{recipient}", **message, **extra},
        }
    )
