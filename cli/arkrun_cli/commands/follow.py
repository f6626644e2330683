"""Follow one run until it finishes, through ended watches and restarts of the API server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from arkrun_cli.cluster import REQUEST_TIMEOUT_SECONDS, RUNS, Cluster
from arkrun_cli.errors import RunFailedError, StillRunningError
from arkrun_cli.run_view import TERMINAL
from arkrun_kube import Event, ExpiredError, NotFoundError, Object, UnansweredError

Json = dict[str, Any]

WATCH_SECONDS = 300.0
RETRY_SECONDS = 1.0
# With --timeout the API server ends the watch; the client does if the server is this late.
GRACE_SECONDS = 1.0


async def follow(cluster: Cluster, run: Json, *, timeout: float | None) -> AsyncIterator[Json]:
    """Yield `run` and each later version of it, up to the one whose phase is terminal.

    `timeout` is in seconds, None for no limit. Raises StillRunningError after it, RunFailedError if the
    run is deleted, and KubeError if the API server refuses. Waits for an API server that does not answer.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    yield run
    while not _is_finished(run):
        async for event in _watch(cluster, run, deadline):
            if event.type == "DELETED":
                raise RunFailedError(f"arkrun {_name(run)} was deleted before it finished")
            run = event.object
            yield run
            if _is_finished(run):
                return
        remaining = _remaining(deadline)
        if remaining is not None and remaining <= 0:
            raise StillRunningError(
                f"arkrun {_name(run)} did not finish within {timeout:g}s and continues: ark show {_name(run)}"
            )


async def _watch(cluster: Cluster, run: Json, deadline: float | None) -> AsyncIterator[Event[Json]]:
    """Watch from the version of `run`; if that has expired, read the run instead."""
    metadata = run["metadata"]
    remaining = _remaining(deadline)
    events = cluster.client.watch(
        RUNS.path(metadata["namespace"]),
        model=Object,
        name=metadata["name"],
        version=metadata["resourceVersion"],
        seconds=WATCH_SECONDS if remaining is None else max(0.1, min(remaining, WATCH_SECONDS)),
        timeout=REQUEST_TIMEOUT_SECONDS if remaining is None else GRACE_SECONDS,
    )
    try:
        async with aclosing(events):
            async for event in events:
                if event.type != "BOOKMARK" and event.object["metadata"]["uid"] == metadata["uid"]:
                    yield event
    except ExpiredError:
        yield await _read(cluster, run)
    except UnansweredError:
        await asyncio.sleep(RETRY_SECONDS)


async def _read(cluster: Cluster, run: Json) -> Event[Json]:
    metadata = run["metadata"]
    try:
        current = await cluster.client.get(RUNS.path(metadata["namespace"], metadata["name"]))
    except NotFoundError:
        return Event("DELETED", run)
    recreated = current["metadata"]["uid"] != metadata["uid"]
    return Event("DELETED" if recreated else "MODIFIED", current)


def _is_finished(run: Json) -> bool:
    return (run.get("status") or {}).get("phase") in TERMINAL


def _name(run: Json) -> str:
    return str(run["metadata"]["name"])


def _remaining(deadline: float | None) -> float | None:
    return None if deadline is None else deadline - time.monotonic()
