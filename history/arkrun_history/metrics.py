"""Prometheus metrics, exposed at /metrics."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

LEADING = Gauge("arkrun_history_leading", "1 in the replica that holds the Lease.")
READY = Gauge("arkrun_history_ready", "1 while /readyz answers 200.")
RUNS = Gauge("arkrun_history_runs", "Runs in the leader's store.")
TEAMS = Gauge("arkrun_history_teams", "Teams in the leader's store.")
QUEUED = Gauge("arkrun_history_waiting_teams", "Teams in the work queue, due now or later.")
INVALID_POLICIES = Gauge("arkrun_history_unreadable_policies", "Teams with an invalid history field.")
CLOCK_OFFSET = Gauge("arkrun_history_clock_offset_seconds", "The API server's clock minus this machine's.")
DELETED = Counter("arkrun_history_deleted_runs", "Runs deleted, by the limit they exceeded.", ("reason",))
STATUS_WRITES = Counter("arkrun_history_status_writes", "Writes of lastRunName and lastRunPhase.")
LISTS = Counter("arkrun_history_lists", "Complete lists read, by resource.", ("resource",))
FAILURES = Counter(
    "arkrun_history_failures",
    "Failed attempts that are retried: follow, tend, lease, event, seal, keys.",
    ("at",),
)
RECONCILE_SECONDS = Histogram("arkrun_history_team_duration_seconds", "Seconds to reconcile one team.")
SEALS = Counter(
    "arkrun_history_seals", "Writes of seals: spec, status, both, or open after a retry.", ("seal",)
)
SEAL_LAG = Histogram(
    "arkrun_history_seal_lag_seconds", "Seconds from the watch event of a creation or an end to its seal."
)
LATE_SEALS = Counter("arkrun_history_late_seals", "Seals that came a minute or more after creation or end.")
UNSEALED = Gauge("arkrun_history_unsealed_runs", "Runs that wait for a seal.")
UNSEALABLE = Gauge("arkrun_history_unsealable_runs", "Runs that cannot be sealed, such as too large ones.")
STRIPPED = Gauge("arkrun_history_stripped_runs", "Runs that lost a seal against the rules.")
