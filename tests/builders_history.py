"""Runs as history keeps them; a test states only what differs. Times are Unix seconds."""

from typing import Any

import msgspec

from arkrun_history.table import Run

NOW = 1_800_000_000.0
HOUR, DAY = 3600.0, 86400.0
TEAM = ("my-org", "blog")

_RUN = Run(
    name="run",
    uid="",
    version="1",
    team=TEAM,
    phase="Succeeded",
    created=NOW - HOUR,
    ended=None,
    complete=True,
    going=False,
)


def kept(name: str, phase: str = "Succeeded", *, ago: float = HOUR, **more: Any) -> Run:
    """Build a run that was over `ago` seconds before NOW; its uid follows from its name."""
    over = phase in {"Succeeded", "Failed"}
    times = {"created": NOW - ago, "ended": NOW - ago if over else None}
    return msgspec.structs.replace(
        _RUN, **{"name": name, "uid": f"uid-of-{name}", "phase": phase, **times, **more}
    )
