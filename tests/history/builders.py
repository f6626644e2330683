"""Runs in the store of history; a test states only what differs. Times are Unix seconds."""

from typing import Any

import msgspec

from arkrun_history.reflector.table import Run

NOW = 1_800_000_000.0
HOUR, DAY = 3600.0, 86400.0
TEAM = ("my-org", "blog")

_RUN = Run(
    name="run",
    uid="",
    resource_version="1",
    team=TEAM,
    phase="Succeeded",
    created_at=NOW - HOUR,
    completed_at=None,
    completion_known=True,
    deleting=False,
)


def stored_run(name: str, phase: str = "Succeeded", *, ago: float = HOUR, **changes: Any) -> Run:
    """Build a run that was created, and if its phase is terminal completed, `ago` seconds before NOW."""
    finished = phase in {"Succeeded", "Failed"}
    times = {"created_at": NOW - ago, "completed_at": NOW - ago if finished else None}
    return msgspec.structs.replace(
        _RUN, **{"name": name, "uid": f"uid-of-{name}", "phase": phase, **times, **changes}
    )
