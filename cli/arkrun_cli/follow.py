"""Follow one run until it is over: a watch that survives everything but the run's deletion."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from arkrun_cli.cluster import ANSWER_SECONDS, RUNS, Cluster
from arkrun_cli.errors import RunFailedError, StillRunningError
from arkrun_cli.record import TERMINAL
from arkrun_kube import Event, ExpiredError, NotFoundError, Object, UnansweredError

Json = dict[str, Any]

WATCH_SECONDS = 300.0
PAUSE_SECONDS = 1.0
# With --timeout, the API server should end the watch; we do when it is this late.
LATE_SECONDS = 1.0


async def follow(cluster: Cluster, run: Json, *, timeout: float | None) -> AsyncIterator[Json]:
    """Yield `run` and each later version of it; ends with the one whose phase is terminal.

    `timeout` is in seconds, None for ever. Raises StillRunningError, and RunFailedError when the run is
    deleted.
    While the API server is away it waits for it.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    yield run
    while not _over(run):
        async for event in _events(cluster, run, deadline):
            if event.type == "DELETED":
                raise RunFailedError(f"arkrun {_name(run)} was deleted before it was over")
            run = event.object
            yield run
            if _over(run):
                return
        left = _left(deadline)
        if left is not None and left <= 0:
            raise StillRunningError(
                f"arkrun {_name(run)} is not over after {timeout:g}s; it goes on: ark show {_name(run)}"
            )


async def _events(cluster: Cluster, run: Json, deadline: float | None) -> AsyncIterator[Event[Json]]:
    """Watch once, from the version that we have; a version that is too old is replaced by a read."""
    metadata = run["metadata"]
    left = _left(deadline)
    seconds = WATCH_SECONDS if left is None else max(0.1, min(left, WATCH_SECONDS))
    watching = cluster.client.watch(
        RUNS.path(metadata["namespace"]),
        model=Object,
        name=metadata["name"],
        version=metadata["resourceVersion"],
        seconds=seconds,
        timeout=ANSWER_SECONDS if left is None else LATE_SECONDS,
    )
    try:
        async with aclosing(watching):
            async for event in watching:
                if event.type != "BOOKMARK" and event.object["metadata"]["uid"] == metadata["uid"]:
                    yield event
    except ExpiredError:
        yield await _read(cluster, run)
    except UnansweredError:
        await asyncio.sleep(PAUSE_SECONDS)


async def _read(cluster: Cluster, run: Json) -> Event[Json]:
    metadata = run["metadata"]
    try:
        now = await cluster.client.get(RUNS.path(metadata["namespace"], metadata["name"]))
    except NotFoundError:
        return Event("DELETED", run)
    gone = now["metadata"]["uid"] != metadata["uid"]
    return Event("DELETED" if gone else "MODIFIED", now)


def _over(run: Json) -> bool:
    return (run.get("status") or {}).get("phase") in TERMINAL


def _name(run: Json) -> str:
    return str(run["metadata"]["name"])


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else deadline - time.monotonic()
