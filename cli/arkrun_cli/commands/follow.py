"""Follow one run until it finishes, through ended watches and restarts of the API server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from arkrun_cli.cluster import REQUEST_TIMEOUT_SECONDS, RUNS, Cluster, check_run
from arkrun_cli.errors import RunFailedError, StillRunningError
from arkrun_cli.run_view import TERMINAL
from arkrun_cli.values import as_object, as_text
from arkrun_kube import ApiError, Event, ExpiredError, MalformedError, NotFoundError, Object

Json = dict[str, Any]

WATCH_SECONDS = 300.0
RETRY_SECONDS = 1.0
# With --timeout the API server ends the watch; the client does if the server is this late.
GRACE_SECONDS = 1.0
# An API server that starts may refuse its users, or not know the resource, until it has read roles and CRDs.
STARTING_SECONDS = 30.0
_STARTING = frozenset({401, 403, 404})
_TOO_MANY, _FIRST_SERVER_ERROR = 429, 500


async def follow(cluster: Cluster, run: Json, *, timeout: float | None) -> AsyncGenerator[Json, None]:
    """Yield `run` and each later version of it, up to the one whose phase is terminal.

    `timeout` is in seconds, None for no limit. Raises StillRunningError after it, RunFailedError if the
    run is deleted, and KubeError if the API server refuses. Waits for an API server that does not answer.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    outage = _Outage()
    yield run
    while not is_finished(run):
        async for event in _watch(cluster, run, deadline, outage):
            if event.type == "DELETED":
                raise RunFailedError(f"arkrun {_name(run)} was deleted before it finished")
            run = check_run(event.object)
            yield run
            if is_finished(run):
                return
        remaining = _remaining(deadline)
        if remaining is not None and remaining <= 0:
            raise StillRunningError(
                f"arkrun {_name(run)} did not finish within {timeout:g}s and continues: ark show {_name(run)}"
            )


class _Outage:
    """Decides whether an API server that fails is worth waiting for."""

    def __init__(self) -> None:
        self._last: float | None = None

    def is_temporary(self, error: ApiError) -> bool:
        """Return True if the API server may serve the same request later."""
        if error.status in _STARTING:
            return self._last is not None and time.monotonic() - self._last < STARTING_SECONDS
        if error.status and error.status != _TOO_MANY and error.status < _FIRST_SERVER_ERROR:
            return False
        self._last = time.monotonic()
        return True


async def _watch(
    cluster: Cluster, run: Json, deadline: float | None, outage: _Outage
) -> AsyncIterator[Event[Json]]:
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
                if event.type != "BOOKMARK" and _uid(event.object) == metadata["uid"]:
                    yield event
    except ExpiredError:
        yield await _read(cluster, run, outage)
    except ApiError as error:
        if isinstance(error, MalformedError) or not outage.is_temporary(error):
            raise
        await asyncio.sleep(RETRY_SECONDS)


async def _read(cluster: Cluster, run: Json, outage: _Outage) -> Event[Json]:
    """Read the run as it is now; an API server that fails leaves it as it was."""
    metadata = run["metadata"]
    try:
        current = await cluster.client.get(RUNS.path(metadata["namespace"], metadata["name"]))
    except NotFoundError:
        return Event("DELETED", run)
    except ApiError as error:
        if not outage.is_temporary(error):
            raise
        await asyncio.sleep(RETRY_SECONDS)
        return Event("MODIFIED", run)
    return Event("DELETED" if _uid(current) != metadata["uid"] else "MODIFIED", current)


def is_finished(run: Json) -> bool:
    """Return True if the run's phase is terminal."""
    return as_text(as_object(run.get("status")).get("phase")) in TERMINAL


def _uid(run: Json) -> object:
    return as_object(run.get("metadata")).get("uid")


def _name(run: Json) -> str:
    return str(run["metadata"]["name"])


def _remaining(deadline: float | None) -> float | None:
    return None if deadline is None else deadline - time.monotonic()
