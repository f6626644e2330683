"""What the webhook counts; `/metrics` shows it in Prometheus' text format."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

# An answer without a look-up takes about a millisecond; the API server gives up after 30 s.
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUESTS = Counter(
    "arkrun_webhook_requests",
    "Requests answered, by decision and reason.",
    ("webhook", "operation", "decision", "reason"),
)
SECONDS = Histogram(
    "arkrun_webhook_request_duration_seconds",
    "Time from the complete body to the response.",
    ("webhook",),
    buckets=BUCKETS,
)
IN_FLIGHT = Gauge("arkrun_webhook_requests_in_flight", "Requests being answered.", ("webhook",))
LOOKUP_SECONDS = Histogram(
    "arkrun_webhook_team_lookup_duration_seconds", "Duration of a look-up of an ArkTeam.", buckets=BUCKETS
)
LOOKUPS_SHARED = Counter(
    "arkrun_webhook_team_lookups_shared", "Requests that shared the look-up of another request."
)
LOOKUPS_SPARED = Counter(
    "arkrun_webhook_team_lookups_spared", "Stamps proved with a look-up of the last five seconds."
)
PANICS = Counter("arkrun_webhook_panics", "Requests refused because the webhook itself failed.", ("webhook",))
READY = Gauge("arkrun_webhook_ready", "1 while /readyz answers 200.")
