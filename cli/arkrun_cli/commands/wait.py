"""--wait: follow a run, show its progress, and exit as the run ended."""

from __future__ import annotations

import asyncio
from typing import Any

from arkrun_cli.cluster import Cluster
from arkrun_cli.commands.follow import follow
from arkrun_cli.errors import RunFailedError
from arkrun_cli.render.progress import new_progress
from arkrun_cli.render.terminal import print_message, print_result
from arkrun_cli.run_view import RunView

Json = dict[str, Any]


async def wait(cluster: Cluster, run: Json, *, timeout: float | None) -> None:
    """Follow `run` until it finishes and print its output on stdout; Ctrl-C leaves it running.

    Raises RunFailedError, StillRunningError and KubeError.
    """
    view = RunView.read(run)
    try:
        with new_progress(cluster.clock.now) as progress:
            async for version in follow(cluster, run, timeout=timeout):
                view = RunView.read(version)
                progress.update(view)
    except asyncio.CancelledError:
        print_message(f"interrupted: arkrun {view.name} continues; inspect it with ark show {view.name}")
        raise
    if view.phase == "Failed":
        raise RunFailedError(_failure(view))
    print_result(view.output)


def _failure(view: RunView) -> str:
    steps = [f"  {step.name}: {step.message or 'no message'}" for step in view.failures]
    return "\n".join([f"arkrun {view.name} failed" + ("" if steps else f": {view.message}"), *steps])
