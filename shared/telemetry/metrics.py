"""Every metric of the system, in one place, each with what it is for.

Services take what they need from here. Labels are few and bounded: never an id.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, Histogram
from prometheus_client import generate_latest as _generate_latest

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

# How long requests take, by route template (never the path itself: it has ids in it).
HTTP_REQUEST_SECONDS: Final = Histogram(
    "lifering_http_request_seconds",
    "Duration of HTTP requests, seconds",
    ("service", "method", "route", "status"),
    buckets=SECONDS,
)
# Open event streams: a number that only grows is a leak.
HTTP_STREAMS: Final = Gauge("lifering_http_streams", "Open event streams", ("service", "route"))

# How far behind the outbox is: the age of its oldest row tells a broker that does not take it.
OUTBOX_PENDING: Final = Gauge(
    "lifering_outbox_pending", "Rows waiting to be published", ("service",)
)
OUTBOX_OLDEST_S: Final = Gauge(
    "lifering_outbox_oldest_seconds", "Age of the oldest waiting row, seconds", ("service",)
)
OUTBOX_PUBLISHED: Final = Counter(
    "lifering_outbox_published_total", "Rows published", ("service", "topic")
)
# Rows that the broker refused for good; somebody must look into outbox_dead.
OUTBOX_DEAD: Final = Counter(
    "lifering_outbox_dead_total", "Rows put aside for good", ("service", "topic")
)
# From commit to the broker's acknowledgement: the floor of every alert.
OUTBOX_DELAY_SECONDS: Final = Histogram(
    "lifering_outbox_delay_seconds", "From commit to acknowledged", ("service",), buckets=SECONDS
)

# What consumers do with records; dead letters should stay at zero.
CONSUMED: Final = Counter("lifering_consumed_total", "Records handled", ("service", "topic"))
CONSUME_SECONDS: Final = Histogram(
    "lifering_consume_seconds",
    "Duration of one handler call",
    ("service", "topic"),
    buckets=SECONDS,
)
CONSUME_RETRIES: Final = Counter(
    "lifering_consume_retries_total", "Handler calls tried again", ("service", "topic")
)
DUPLICATES: Final = Counter(
    "lifering_duplicates_total", "Events seen before and skipped", ("service", "topic")
)
DEAD_LETTERS: Final = Counter(
    "lifering_dead_letters_total", "Records given up", ("service", "topic")
)
# Consumers that have stopped by themselves because of too many dead letters: 1 wants somebody now.
CONSUMER_HALTED: Final = Gauge(
    "lifering_consumer_halted", "1 when a consumer has halted", ("service", "topic")
)
CONSUMER_LAG: Final = Gauge(
    "lifering_consumer_lag", "Records not yet handled", ("service", "topic", "partition")
)
# Tables in memory: how many entities, and how old the newest applied record is.
TABLE_SIZE: Final = Gauge(
    "lifering_table_size", "Entities in a replayed table", ("service", "topic")
)
TABLE_SKIPPED: Final = Counter(
    "lifering_table_skipped_total",
    "Records of a table that could not be read",
    ("service", "topic"),
)
TABLE_AGE_S: Final = Gauge(
    "lifering_table_age_seconds", "Age of the newest applied record", ("service", "topic")
)
# Errors that the Kafka client logs several times a second while a broker is away (KAFKA.md).
CLIENT_ERRORS: Final = Counter(
    "lifering_kafka_client_errors_total", "Errors reported by the Kafka client", ("service",)
)

# Positions: ignored ones are normal (phones resend), refused ones are a client's fault.
POSITIONS_IN: Final = Counter("lifering_positions_total", "Positions taken in", ("outcome",))
PRESENCE_CHANGES: Final = Counter("lifering_presence_changes_total", "Changes of cell published")

# The main job: from the call's receipt to the plan, and to the alert's commit.
DECISION_SECONDS: Final = Histogram(
    "lifering_decision_seconds", "Duration of the pure decision", ("policy",), buckets=SECONDS
)
# What a decision would take right now, rehearsed: it grows before a call has to wait.
REHEARSAL_SECONDS: Final = Histogram(
    "lifering_rehearsal_seconds",
    "Duration of a decision that nobody asked for",
    buckets=(0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1),
)
CALL_TO_PLAN_SECONDS: Final = Histogram(
    "lifering_call_to_plan_seconds", "From call received to plan committed", buckets=SECONDS
)
INCIDENTS_OPEN: Final = Gauge("lifering_incidents_open", "Incidents not yet closed")
ALERTS_SENT: Final = Counter("lifering_alerts_sent_total", "Alerts sent to rescuers", ("task",))
ALERT_ANSWERS: Final = Counter("lifering_alert_answers_total", "Answers to alerts", ("answer",))
DEADLINES_FIRED: Final = Counter("lifering_deadlines_total", "Deadlines that came due", ("kind",))
TARGETS_MISSED: Final = Counter("lifering_targets_missed_total", "Plans that miss a target")
# From an alert's sending to its receipt by the phone.
DELIVERY_SECONDS: Final = Histogram(
    "lifering_delivery_seconds", "From sent to delivered", ("channel",), buckets=SECONDS
)
DELIVERIES: Final = Counter("lifering_deliveries_total", "Delivery states", ("channel", "state"))
# What providers answer, and how long they take: `unavailable` is one that was not even asked.
CHANNEL_TRIES: Final = Counter(
    "lifering_channel_tries_total", "Tries to hand a message over", ("channel", "outcome")
)
CHANNEL_SECONDS: Final = Histogram(
    "lifering_channel_seconds", "Duration of one try", ("channel",), buckets=SECONDS
)
# Browsers that have unsubscribed: many at once mean a changed key or a cleared browser.
PUSH_SUBSCRIPTIONS_GONE: Final = Counter(
    "lifering_push_subscriptions_gone_total", "Push subscriptions dropped as gone"
)

# Registers: writes by kind (aeds, rescuers, stations, units) and outcome.
REGISTRY_WRITES: Final = Counter("lifering_registry_writes_total", "Writes", ("kind", "outcome"))
REGISTRY_ENTRIES: Final = Gauge("lifering_registry_entries", "Entries not retired", ("kind",))


def exposition() -> tuple[bytes, str]:
    """All metrics in Prometheus' text format, with their content type."""
    return _generate_latest(REGISTRY), CONTENT_TYPE_LATEST
