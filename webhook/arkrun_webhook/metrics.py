"""Prometheus metrics of the webhook, exposed at `/metrics`."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

# A review without a look-up takes about a millisecond; API servers wait at most 30 s.
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUESTS = Counter(
    "arkrun_webhook_requests",
    "Requests, by decision and reason.",
    ("webhook", "operation", "decision", "reason"),
)
SECONDS = Histogram(
    "arkrun_webhook_request_duration_seconds",
    "Time from the complete body to the response.",
    ("webhook",),
    buckets=BUCKETS,
)
IN_FLIGHT = Gauge("arkrun_webhook_requests_in_flight", "Requests in progress.", ("webhook",))
LOOKUP_SECONDS = Histogram(
    "arkrun_webhook_team_lookup_duration_seconds", "Duration of look-ups of ArkTeams.", buckets=BUCKETS
)
LOOKUPS_SHARED = Counter(
    "arkrun_webhook_team_lookups_shared", "Requests that shared the look-up of another request."
)
LOOKUPS_SPARED = Counter(
    "arkrun_webhook_team_lookups_spared", "Stamps verified with a look-up of the last five seconds."
)
PANICS = Counter("arkrun_webhook_panics", "Requests refused because the webhook itself failed.", ("webhook",))
READY = Gauge("arkrun_webhook_ready", "1 while /readyz answers 200.")
