"""What the webhook counts; `/metrics` shows it in Prometheus' text format."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

# An answer without a look-up takes about a millisecond; the API server gives up after 30 s.
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUESTS = Counter(
    "arkrun_webhook_requests",
    "Calls answered, by what was decided and why.",
    ("webhook", "operation", "decision", "reason"),
)
SECONDS = Histogram(
    "arkrun_webhook_request_duration_seconds",
    "Time from the whole body to the answer.",
    ("webhook",),
    buckets=BUCKETS,
)
IN_FLIGHT = Gauge("arkrun_webhook_requests_in_flight", "Calls being answered.", ("webhook",))
LOOKUP_SECONDS = Histogram(
    "arkrun_webhook_team_lookup_duration_seconds", "Time of one look-up of an ArkTeam.", buckets=BUCKETS
)
LOOKUPS_SHARED = Counter(
    "arkrun_webhook_team_lookups_shared", "Calls that were served by a look-up which another had asked for."
)
LOOKUPS_SPARED = Counter(
    "arkrun_webhook_team_lookups_spared", "Stamps proved by a look-up of the last five seconds."
)
PANICS = Counter(
    "arkrun_webhook_panics", "Calls refused because of a fault in the webhook itself.", ("webhook",)
)
READY = Gauge("arkrun_webhook_ready", "1 while /readyz answers 200.")
