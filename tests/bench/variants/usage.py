"""Processor time and memory of a running process, from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """Seconds of processor time so far, user and system, and MB resident now."""

    cpu_seconds: float
    rss_mb: float


def usage_of(pid: int | None) -> Usage:
    """Read what a process, all its threads together, has used."""
    assert pid is not None, "the process has ended"
    folder = Path(f"/proc/{pid}")
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    return Usage((int(fields[11]) + int(fields[12])) / _TICKS, int(status["VmRSS"].split()[0]) / 1024)
