"""First half of the story: a command from another backend becomes a message that is read."""

from datetime import UTC, datetime

from deploy.demo.stage import CLOUD_API, POSTGRES, RABBITMQ, Stage, Step

SOURCE = "/demo"
TEXT = "Your table for four is ready at eight."
STATUSES = ("sent", "delivered", "read")


async def publish(stage: Stage) -> None:
    command = {
        "specversion": "1.0",
        "type": "colomba.send_message.v1",
        "id": stage.command_id,
        "source": SOURCE,
        "time": datetime.now(UTC).isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "phone_number_id": stage.number,
            "to": f"+{stage.customer}",
            "type": "text",
            "text": {"body": TEXT},
        },
    }
    await stage.bus.publish_command(f"send.priority.{stage.number}", command)


async def confirmed(stage: Stage) -> str | None:
    return f"command {stage.command_id} confirmed on whatsapp.commands, key send.priority.{stage.number}"


async def accepted(stage: Stage) -> str | None:
    row = await stage.database.message_of(SOURCE, stage.command_id)
    stage.outbound = row or {}
    return f"message_log {row['id']}: to ****{stage.customer[-4:]}, {row['status']}" if row else None


async def queued_event(stage: Stage) -> str | None:
    return _events(stage, "message.queued")


async def posted(stage: Stage) -> str | None:
    answer = await stage.simulator("GET", "/_sim/ledger", params={"to": stage.customer})
    entries = answer["messages"]
    if len(entries) > 1:
        raise OSError(f"posted {len(entries)} times")
    return f"ledger: {entries[0]['wamid']}, attempt id {entries[0]['callback_data']}" if entries else None


async def logged(stage: Stage) -> str | None:
    row = await stage.database.attempt_of(stage.outbound["id"])
    return f"message_attempts: attempt {row['attempt']} {row['outcome']}, {row['wamid']}" if row else None


async def statuses_returned(stage: Stage) -> str | None:
    row = await stage.database.statuses_of(stage.outbound["id"])
    statuses = (row and row["statuses"]) or ()
    return f"message_status_events: {', '.join(STATUSES)}" if set(STATUSES) <= set(statuses) else None


async def is_read(stage: Stage) -> str | None:
    row = await stage.database.message_of(SOURCE, stage.command_id)
    return f"message_log {row['id']}: {row['status']}" if row and row["status"] == "read" else None


async def status_events(stage: Stage) -> str | None:
    return _events(stage, *(f"message.{status}" for status in STATUSES))


def _events(stage: Stage, *names: str) -> str | None:
    """All of them, about our message, on whatsapp.events."""
    found = [stage.bus.about(name, stage.outbound["id"]) for name in names]
    return f"whatsapp.events: {', '.join(events[0]['id'] for events in found)}" if all(found) else None


OUTBOUND = (
    Step(
        name="command_published",
        text="Another backend publishes a send command",
        seen_in=RABBITMQ,
        act=publish,
        look=confirmed,
    ),
    Step(name="command_accepted", text="It is accepted into the message log", seen_in=POSTGRES, look=accepted),
    Step(name="queued_announced", text="The bus hears that it is queued", seen_in=RABBITMQ, look=queued_event),
    Step(name="posted_once", text="It is posted to the Cloud API, once", seen_in=CLOUD_API, look=posted),
    Step(name="attempt_logged", text="The attempt and Meta's id are logged", seen_in=POSTGRES, look=logged),
    Step(
        name="statuses_returned",
        text="Its statuses come back as signed webhooks",
        seen_in=POSTGRES,
        look=statuses_returned,
    ),
    Step(name="status_read", text="The message is marked read", seen_in=POSTGRES, look=is_read),
    Step(
        name="statuses_announced", text="The bus hears sent, delivered and read", seen_in=RABBITMQ, look=status_events
    ),
)
