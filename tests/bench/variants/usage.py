"""Processor time and memory of a running process, from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """Processor time so far in seconds, user and system, and resident memory in MB."""

    cpu_seconds: float
    rss_mb: float


def usage_of(pid: int | None) -> Usage:
    """Read the usage of a process with all its threads."""
    assert pid is not None, "the process has ended"
    folder = Path(f"/proc/{pid}")
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    return Usage((int(fields[11]) + int(fields[12])) / _TICKS, int(status["VmRSS"].split()[0]) / 1024)
