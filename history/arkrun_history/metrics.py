"""What monitoring sees; `/metrics` shows it in Prometheus' text format."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

LEADING = Gauge("arkrun_history_leading", "1 in the replica that holds the Lease.")
READY = Gauge("arkrun_history_ready", "1 while /readyz answers 200.")
RUNS = Gauge("arkrun_history_runs", "Runs known to the leader.")
TEAMS = Gauge("arkrun_history_teams", "Teams known to the leader.")
WAITING = Gauge("arkrun_history_waiting_teams", "Teams that are planned to be looked at, now or later.")
UNREADABLE = Gauge("arkrun_history_unreadable_policies", "Teams with a history field that cannot be read.")
OFFSET = Gauge("arkrun_history_clock_offset_seconds", "The API server's clock minus this machine's.")
DELETED = Counter("arkrun_history_deleted_runs", "Runs deleted, by what limited them.", ("reason",))
STATUS_WRITES = Counter("arkrun_history_status_writes", "Writes of lastRunName and lastRunPhase.")
RELISTS = Counter("arkrun_history_lists", "Whole lists read, by resource.", ("resource",))
FAILURES = Counter(
    "arkrun_history_failures", "What failed: follow, tend, lease, event; it is tried again.", ("at",)
)
TEND_SECONDS = Histogram("arkrun_history_team_duration_seconds", "Time to look at one team and act.")
