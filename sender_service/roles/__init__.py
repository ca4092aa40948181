"""The long-running doors."""

from typing import Final

ROLES: Final = {
    "worker": "Take webhooks and send commands from the broker, and send.",
    "api": "Answer other programs over HTTP.",
    "scheduler": "Do what is due: outbox, dead letters, retries, retention. One is active, others stand by.",
    "all": "All roles in one process, for one machine.",
}
