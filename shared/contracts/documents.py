"""The language on the bus as JSON Schemas and AsyncAPI 3, made from the models that decode and the fixed names."""

from functools import cache
from typing import Any, Final

from shared.contracts import cloudevents, event_data, webhook
from shared.contracts.events import NAMES
from shared.contracts.send_message import KNOWN_TYPES, MARK_READ, MAX_METADATA, TYPE, _Data

VERSION: Final = "1.0.0"
SCHEMA: Final = "https://json-schema.org/draft/2020-12/schema"
COMMAND: Final = "send_message.v1.json"
RAW_WEBHOOK: Final = "raw_webhook.v1.json"
_DOCUMENTED: Final = "https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages"
_SAMPLE: Final = {
    "specversion": "1.0",
    "type": TYPE,
    "id": "order-1042-ready",
    "source": "/shop/orders",
    "time": "2026-11-20T10:00:00Z",
    "datacontenttype": "application/json",
    "data": {
        "phone_number_id": "106540352242922",
        "to": "+393331234567",
        "type": "text",
        "text": {"body": "Your order 1042 is ready."},
        "metadata": {"order": 1042},
    },
}
# Meta's own form of marking as read, without a type.
_META_MARK_READ: Final = {
    "title": "Mark as read",
    "type": "object",
    "required": ["phone_number_id", "status", "message_id"],
    "properties": {
        "phone_number_id": {"type": "string"},
        "messaging_product": {"const": "whatsapp"},
        "status": {"const": "read"},
        "message_id": {"type": "string"},
        "typing_indicator": {"type": "object"},
    },
    "additionalProperties": False,
}


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """File name -> JSON Schema (draft 2020-12) of every message on the bus."""
    named = {COMMAND: command_schema(), RAW_WEBHOOK: webhook_schema()}
    return named | {f"{name}.v1.json": event_schema(name) for name in sorted(NAMES)}


def command_schema() -> dict[str, Any]:
    """The send command: a CloudEvent whose data is Meta's message object with our fields beside it."""
    data = _Data.model_json_schema()
    definitions = data.pop("$defs", {})
    return _envelope(
        f"Send command {TYPE}",
        {"const": TYPE},
        {"anyOf": [data | _message_rules(data["properties"]), _META_MARK_READ]},
        definitions=definitions,
        required=["specversion", "type", "id", "source", "data"],
    ) | {"examples": [_SAMPLE]}


def event_schema(name: str) -> dict[str, Any]:
    """One domain event."""
    data = event_data.OF[name].model_json_schema()
    definitions = data.pop("$defs", {})
    return _envelope(
        f"Domain event {name}",
        {"const": f"colomba.{name}.v1"},
        data,
        definitions=definitions,
        required=["specversion", "type", "id", "source", "time", "data"],
    )


def webhook_schema() -> dict[str, Any]:
    """The body of a raw webhook is Meta's, untouched; only its outermost form is known."""
    return {
        "$schema": SCHEMA,
        "title": "Raw webhook as Meta posted it",
        "type": "object",
        "properties": {
            "object": {"type": "string", "examples": ["whatsapp_business_account"]},
            "entry": {"type": "array", "items": {"type": "object"}},
        },
    }


def asyncapi() -> dict[str, Any]:
    """The document of everything other backends publish and bind to."""
    names = sorted(NAMES)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Colomba on RabbitMQ",
            "version": VERSION,
            "description": "Publish persistent, with confirms and the mandatory flag, a fresh message id each time; the"
            " CloudEvents id with its source is what makes a repeat the same message. Events come at least once, single"
            f" ({cloudevents.CONTENT_TYPE}) or as a JSON array ({cloudevents.BATCH_CONTENT_TYPE}), under the same id.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": cloudevents.CONTENT_TYPE,
        "channels": _channels(names),
        "operations": _operations(names),
        "components": {"schemas": schemas()},
    }


def _channels(names: list[str]) -> dict[str, Any]:
    commands = {
        "address": "send.{lane}.{phone_number_id}",
        "parameters": {"lane": {"enum": ["priority", "bulk"]}, "phone_number_id": {"description": "Meta's id."}},
        "messages": {"send_message": _message(COMMAND, cloudevents.CONTENT_TYPE)},
        "bindings": _exchange("whatsapp.commands"),
    }
    webhooks = {
        "address": webhook.ROUTING_KEY + "{app}",
        "parameters": {"app": {"description": "Empty, or a dot and the app's name."}},
        "messages": {"raw_webhook": _message(RAW_WEBHOOK, webhook.CONTENT_TYPE) | {"headers": _webhook_headers()}},
        "bindings": _exchange("whatsapp.webhooks"),
    }
    told = {
        name: {
            "address": f"{name}.{{organization}}",
            "parameters": {"organization": {"description": "The organization's id."}},
            "messages": {name: _message(f"{name}.v1.json", cloudevents.CONTENT_TYPE)},
            "bindings": _exchange("whatsapp.events"),
        }
        for name in names
    }
    return {"commands": commands, "webhooks": webhooks, **told}


def _operations(names: list[str]) -> dict[str, Any]:
    """From the side of the document's owner: it receives commands and sends events."""
    heard = {f"receive_{name}": _operation("receive", name) for name in ("commands", "webhooks")}
    return heard | {f"send_{name}": _operation("send", name) for name in names}


def _operation(action: str, channel: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}


def _message(schema: str, content_type: str) -> dict[str, Any]:
    return {"contentType": content_type, "payload": {"$ref": f"#/components/schemas/{schema}"}}


def _exchange(name: str) -> dict[str, Any]:
    exchange = {"name": name, "type": "topic", "durable": True}
    return {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}}


def _webhook_headers() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["received_at", "app", "sha256"],
        "properties": {
            "received_at": {"type": "string", "format": "date-time"},
            "app": {"type": "string"},
            "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "traceparent": {"type": "string"},
        },
    }


def _envelope(
    title: str, kind: dict[str, str], data: dict[str, Any], *, definitions: dict[str, Any], required: list[str]
) -> dict[str, Any]:
    """The CloudEvents 1.0 attributes around `data`; unknown attributes are extensions."""
    short = {"type": "string", "minLength": 1, "maxLength": cloudevents.MAX_ID_LENGTH - 1}
    return {
        "$schema": SCHEMA,
        "title": title,
        "type": "object",
        "required": required,
        "properties": {
            "specversion": {"const": "1.0"},
            "type": kind,
            "id": short,
            "source": short,
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"type": "string", "pattern": r"^application/json\b"},
            "subject": short,
            "traceparent": {"type": "string", "maxLength": 64},
            "data": data,
        },
        "$defs": definitions,
    }


def _message_rules(ours: dict[str, Any]) -> dict[str, Any]:
    """What pydantic's schema of our fields does not say: the object named by `type`, and somebody to send it to."""
    contents = {kind: {"type": "array" if kind == "contacts" else "object"} for kind in sorted(KNOWN_TYPES)}
    named = [_when_type(kind, {"required": [kind]}) for kind in contents]
    addressed = {"anyOf": [_given("to"), _given("recipient"), _of_type(MARK_READ)]}
    unknown = {"properties": {"allow_unknown_type": {"const": True}}, "required": ["allow_unknown_type"]}
    known = {"properties": {"type": {"enum": list(contents)}}, "propertyNames": {"enum": [*ours, *contents]}}
    return {
        "description": f"Meta's message object, see {_DOCUMENTED}; metadata has at most {MAX_METADATA} bytes.",
        "properties": ours | contents,
        "additionalProperties": True,
        "allOf": [*named, addressed, {"if": unknown, "else": known}],
    }


def _given(name: str) -> dict[str, Any]:
    return {"properties": {name: {"type": "string"}}, "required": [name]}


def _of_type(kind: str) -> dict[str, Any]:
    return {"properties": {"type": {"const": kind}}, "required": ["type"]}


def _when_type(kind: str, then: dict[str, Any]) -> dict[str, Any]:
    return {"if": _of_type(kind), "then": then}
