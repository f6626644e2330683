"""Follow one run until it is over: a watch that survives everything but the run's deletion."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from arkrun_cli.cluster import Cluster
from arkrun_cli.errors import NoClusterError, NotFoundError, RefusedError, RunFailedError, StillRunningError
from arkrun_cli.record import TERMINAL

Json = dict[str, Any]

WATCH_SECONDS = 300.0
PAUSE_SECONDS = 1.0


def follow(cluster: Cluster, run: Json, *, timeout: float | None) -> Iterator[Json]:
    """Yield `run` and each later version of it; ends with the one whose phase is terminal.

    `timeout` is in seconds, None for ever. Raises StillRunningError, and RunFailedError when the run is
    deleted.
    While the API server is away it waits for it.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    yield run
    while not _over(run):
        for event in _events(cluster, run, deadline):
            if event["type"] == "DELETED":
                raise RunFailedError(f"arkrun {_name(run)} was deleted before it was over")
            run = event["object"]
            yield run
            if _over(run):
                return
        left = _left(deadline)
        if left is not None and left <= 0:
            raise StillRunningError(
                f"arkrun {_name(run)} is not over after {timeout:g}s; it goes on: ark show {_name(run)}"
            )


def _events(cluster: Cluster, run: Json, deadline: float | None) -> Iterator[Json]:
    """Watch once, from the version that we have; a version that is too old is replaced by a read."""
    metadata = run["metadata"]
    left = _left(deadline)
    seconds = WATCH_SECONDS if left is None else max(0.1, min(left, WATCH_SECONDS))
    query = {
        "fieldSelector": f"metadata.name={metadata['name']}",
        "resourceVersion": metadata["resourceVersion"],
    }
    try:
        for event in cluster.watch(cluster.runs(metadata["namespace"]), seconds=seconds, **query):
            if event["type"] == "ERROR":
                yield _read(cluster, run)
                return
            if event["type"] != "BOOKMARK" and event["object"]["metadata"]["uid"] == metadata["uid"]:
                yield event
    except RefusedError as error:
        if error.code != 410:  # noqa: PLR2004 - Gone: the version is compacted away
            raise
        yield _read(cluster, run)
    except NoClusterError:
        time.sleep(PAUSE_SECONDS)


def _read(cluster: Cluster, run: Json) -> Json:
    metadata = run["metadata"]
    try:
        now = cluster.get(cluster.runs(metadata["namespace"], metadata["name"]))
    except NotFoundError:
        return {"type": "DELETED", "object": run}
    gone = now["metadata"]["uid"] != metadata["uid"]
    return {"type": "DELETED" if gone else "MODIFIED", "object": now}


def _over(run: Json) -> bool:
    return (run.get("status") or {}).get("phase") in TERMINAL


def _name(run: Json) -> str:
    return str(run["metadata"]["name"])


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else deadline - time.monotonic()
