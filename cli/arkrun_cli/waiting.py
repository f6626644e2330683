"""--wait: follow, show, and end as the run ended."""

from __future__ import annotations

import asyncio
from typing import Any

from arkrun_cli.cluster import Cluster
from arkrun_cli.errors import RunFailedError
from arkrun_cli.follow import follow
from arkrun_cli.progress import progress
from arkrun_cli.record import Record
from arkrun_cli.terminal import result, say

Json = dict[str, Any]


async def wait(cluster: Cluster, run: Json, *, timeout: float | None) -> None:
    """Follow `run` to its end and print its output on stdout.

    Raises RunFailedError and StillRunningError. Ctrl-C leaves the run running.
    """
    record = Record.read(run)
    try:
        with progress() as shown:
            async for version in follow(cluster, run, timeout=timeout):
                record = Record.read(version)
                shown.update(record)
    except asyncio.CancelledError:
        say(f"interrupted: arkrun {record.name} goes on; look at it with ark show {record.name}")
        raise
    if record.phase == "Failed":
        raise RunFailedError(_why(record))
    result(record.output)


def _why(record: Record) -> str:
    steps = [f"  {step.name}: {step.message or 'no message'}" for step in record.failures]
    return "\n".join([f"arkrun {record.name} failed" + ("" if steps else f": {record.message}"), *steps])
