"""Second half of the story: somebody nobody knows writes, and is a lead a moment later."""

from deploy.demo.stage import POSTGRES, RABBITMQ, Stage, Step

TEXT = "Hello, do you have a table for two tonight?"
NAME = "Giulia"


async def write(stage: Stage) -> None:
    """As if typed on a phone: the simulator posts it as a signed webhook."""
    asked = {
        "phone_number_id": stage.number,
        "from": stage.stranger,
        "profile_name": NAME,
        "type": "text",
        "text": {"body": TEXT},
    }
    await stage.simulator("POST", "/_sim/inbound", json=asked)


async def received(stage: Stage) -> str | None:
    row = await stage.database.inbound(stage.stranger, TEXT)
    stage.inbound = row or {}
    return (
        f"message_log {row['id']}: {row['status']}, contact {row['contact_id']} ({row['profile_name']})"
        if row
        else None
    )


async def conversation(stage: Stage) -> str | None:
    row = stage.inbound
    window = "open" if row["window_open"] else "closed"
    text = (
        f"conversations {row['conversation_id']}: {row['conversation']}, {row['unread_count']} unread, window {window}"
    )
    return text if row["window_open"] and row["unread_count"] else None


async def lead(stage: Stage) -> str | None:
    row = await stage.database.lead_of(stage.inbound["contact_id"], stage.inbound["id"])
    stage.lead = row or {}
    return (
        f"leads {row['id']}: {row['status']} from {row['source']} ({row['reason']}), note: {row['note']}"
        if row
        else None
    )


async def announced(stage: Stage) -> str | None:
    found = [
        stage.bus.about("message.received", stage.inbound["id"]),
        stage.bus.about("lead.created", stage.lead["id"]),
        stage.bus.about("lead.linked", stage.lead["id"]),
    ]
    return f"whatsapp.events: {', '.join(events[0]['id'] for events in found)}" if all(found) else None


STRANGER = (
    Step(
        name="inbound_logged",
        text="A stranger writes; the message is logged",
        seen_in=POSTGRES,
        act=write,
        look=received,
    ),
    Step(name="conversation_opened", text="A conversation stands open", seen_in=POSTGRES, look=conversation),
    Step(name="lead_linked", text="A new lead is linked, with its note", seen_in=POSTGRES, look=lead),
    Step(name="inbound_announced", text="The bus hears of message and lead", seen_in=RABBITMQ, look=announced),
)
