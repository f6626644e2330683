"""The look-up of a team: linearizable, shared by those who wait, bounded by the caller's time.

A GET without resourceVersion is a quorum read (Kubernetes API concepts, "Resource versions"): it
sees every write that had been acknowledged when it started. So requests that wait for the same
team share the next GET that starts after they arrived, and never one that was already under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

from arkrun_webhook.errors import TeamBeingDeleted, TeamUnanswered
from arkrun_webhook.metrics import LOOKUP_SECONDS, LOOKUPS_SHARED
from arkrun_webhook.snapshot import Team

Fetch = Callable[[str, str, float], Awaitable[Team]]
"""Reads (namespace, name) before `monotonic()` reaches the deadline, or raises `Refused`."""


class Teams:
    """Shares `fetch` among the requests that wait for the same team."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._running: dict[tuple[str, str], asyncio.Task[Team]] = {}
        self._next: dict[tuple[str, str], asyncio.Task[Team]] = {}

    async def get(self, namespace: str, name: str, deadline: float) -> Team:
        """Read a team as it is now or later.

        `deadline` is a time of `time.monotonic()`, in seconds. Raises `TeamNotFound`,
        `TeamBeingDeleted`, `TeamNotReadable` or `TeamUnanswered`.
        """
        task = self._join((namespace, name), deadline)
        try:
            async with asyncio.timeout(max(0.0, deadline - monotonic())):
                team = await asyncio.shield(task)
        except TimeoutError:
            raise TeamUnanswered(namespace, name, "out of time") from None
        if team.metadata.deletion_timestamp is not None:
            raise TeamBeingDeleted(namespace, name)
        return team

    def _join(self, key: tuple[str, str], deadline: float) -> asyncio.Task[Team]:
        """Start a GET, or wait for the one that starts when the running one has ended."""
        if key in self._next:
            LOOKUPS_SHARED.inc()
            return self._next[key]
        running = self._running.get(key)
        task = asyncio.ensure_future(self._run(key, deadline, running))
        task.add_done_callback(_retrieved)
        if running is None:
            self._running[key] = task
        else:
            self._next[key] = task
        return task

    async def _run(self, key: tuple[str, str], deadline: float, before: asyncio.Task[Team] | None) -> Team:
        if before is not None:
            await asyncio.wait((before,))
            self._running[key] = self._next.pop(key)
        try:
            with LOOKUP_SECONDS.time():
                return await self._fetch(*key, deadline)
        finally:
            if self._running.get(key) is asyncio.current_task():
                del self._running[key]


def _retrieved(task: asyncio.Task[Team]) -> None:
    """Everyone who waited may have left; asyncio would then complain of an unseen exception."""
    with suppress(asyncio.CancelledError):
        task.exception()
