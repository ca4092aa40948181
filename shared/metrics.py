"""Every metric of both services, in one place: name, kind, labels, meaning. Base units; never a phone number in a
label.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_QUICK: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_CALL: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SIZES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)

# Process
TASKS: Final = Gauge("colomba_tasks", "Tasks of the event loop when it was asked")

# Ingress
INGRESS_WEBHOOKS: Final = Counter("colomba_ingress_webhooks_total", "Webhook requests by answer", ["status"])
INGRESS_SECONDS: Final = Histogram(
    "colomba_ingress_webhook_seconds", "From the head of a webhook request to its answer", buckets=_QUICK
)
INGRESS_BYTES: Final = Counter("colomba_ingress_webhook_bytes_total", "Bytes of webhook bodies published")
INGRESS_CHALLENGES: Final = Counter("colomba_ingress_challenges_total", "Verification requests by answer", ["status"])

# Messaging
PUBLISHER_CONNECTED: Final = Gauge("colomba_publisher_connected", "1 while the publisher has a channel", ["publisher"])
PUBLISHED: Final = Counter("colomba_published_total", "Publishes by outcome", ["exchange", "outcome"])
CONSUMER_CONNECTED: Final = Gauge("colomba_consumer_connected", "1 while the consumer has a channel", ["queue"])
DELIVERIES: Final = Counter("colomba_deliveries_total", "Deliveries settled, by how", ["queue", "settled"])
BATCH_SIZE: Final = Histogram("colomba_batch_messages", "Messages handled together", ["queue"], buckets=_SIZES)
BATCH_SECONDS: Final = Histogram("colomba_batch_seconds", "Time a batch took to handle", ["queue"], buckets=_QUICK)
DEAD_LETTERED: Final = Counter("colomba_dead_lettered_total", "Messages dead-lettered by us", ["queue", "reason"])
NEIGHBOUR_AWAY: Final = Counter(
    "colomba_neighbour_away_total", "Times a batch met an absent neighbour", ["queue", "neighbour"]
)

# Inbound
WEBHOOK_ITEMS: Final = Counter("colomba_webhook_items_total", "Items found in webhooks, by kind", ["kind"])
WEBHOOK_DELAY_SECONDS: Final = Histogram(
    "colomba_webhook_delay_seconds", "From the ingress receiving a webhook to its commit", buckets=_CALL
)
STATUSES_PARKED: Final = Gauge("colomba_statuses_parked", "Statuses waiting for their message")
LEADS: Final = Counter("colomba_leads_total", "Leads linked, by how", ["how"])
MEDIA_DOWNLOADS: Final = Counter("colomba_media_downloads_total", "Media downloads by outcome", ["outcome"])
OUTBOX_PUBLISHED: Final = Counter("colomba_outbox_events_total", "Domain events published", ["name"])
OUTBOX_OLDEST_SECONDS: Final = Gauge("colomba_outbox_oldest_seconds", "Age of the oldest unpublished outbox row")

# Sending
COMMANDS_ACCEPTED: Final = Counter(
    "colomba_commands_accepted_total", "Commands by door and outcome", ["source", "outcome"]
)
SENDS: Final = Counter("colomba_sends_total", "Calls to the Cloud API by outcome", ["outcome"])
SEND_SECONDS: Final = Histogram("colomba_send_seconds", "Duration of a call to the Cloud API", buckets=_CALL)
SENDS_IN_FLIGHT: Final = Gauge("colomba_sends_in_flight", "Calls to the Cloud API in flight")
QUEUED: Final = Gauge("colomba_queued_messages", "Messages not settled yet, by state", ["state"])
UNKNOWN: Final = Gauge("colomba_unknown_messages", "Messages whose outcome is in doubt")
LEASES: Final = Gauge("colomba_number_leases", "Numbers this worker owns")
LEASES_LOST: Final = Counter("colomba_number_leases_lost_total", "Leases lost without being released")
INTENTS_REFUSED: Final = Counter(
    "colomba_intents_refused_total", "Intents the database did not admit, by reason", ["reason"]
)
META_SILENCES: Final = Counter(
    "colomba_meta_silences_total", "Times a number's open calls got no answer at all, so that nothing more went out"
)
NUMBERS_PAUSED: Final = Gauge("colomba_numbers_paused", "Numbers that are paused, by cause", ["cause"])
CAP_USED_RATIO: Final = Gauge(
    "colomba_cap_used_ratio",
    "Use of a number's own cap in the current hour or day, 1 when it is reached",
    ["phone_number_id", "window"],
)

# Store, scheduler, API
DEAD_LETTERS: Final = Counter(
    "colomba_dead_letters_stored_total", "Dead letters drained into the table, by reason", ["reason"]
)
DEAD_LETTERS_OPEN: Final = Gauge(
    "colomba_dead_letters_open", "Dead letters nobody has replayed or discarded", ["source"]
)
POOL_WAIT_SECONDS: Final = Histogram("colomba_pool_wait_seconds", "Wait for a database connection", buckets=_QUICK)
SCHEDULED_RUNS: Final = Counter("colomba_scheduled_runs_total", "Runs of scheduled jobs by outcome", ["job", "outcome"])
API_REQUESTS: Final = Counter("colomba_api_requests_total", "API requests by route and status", ["route", "status"])
API_SECONDS: Final = Histogram("colomba_api_request_seconds", "Duration of API requests", ["route"], buckets=_CALL)
