"""Look-ups of teams: linearizable, shared by concurrent requests, limited by the deadline of each.

A GET without resourceVersion is a quorum read (Kubernetes API concepts, "Resource versions"): it returns
every write that was acknowledged before it started. Requests for the same team therefore share the next
GET that starts after they arrived, never one that is already running.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

from arkrun_webhook.errors import TeamBeingDeleted, TeamUnanswered
from arkrun_webhook.metrics import LOOKUP_SECONDS, LOOKUPS_SHARED
from arkrun_webhook.teams.team import Team

Fetch = Callable[[str, str, float], Awaitable[Team]]
"""Reads (namespace, name) before `monotonic()` reaches the deadline, or raises `Refused`."""

Key = tuple[str, str]

RECENT_SECONDS = 5.0
"""Maximum age of a reading that verifies a stamp; stamps are always made from a new reading."""

RECENT_TEAMS = 16
"""Maximum number of remembered readings: a team may have a megabyte."""


@dataclass(slots=True)
class SharedLookup:
    """A look-up that starts after the running one; `deadline` is the latest of the waiting requests."""

    deadline: float
    task: asyncio.Task[Team]


class Teams:
    """Share the calls of `fetch` among requests for the same team."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._running: dict[Key, asyncio.Future[None]] = {}
        self._next: dict[Key, SharedLookup] = {}
        self._recent: dict[Key, tuple[float, Team]] = {}  # oldest first

    def recent(self, namespace: str, name: str) -> Team | None:
        """Return the team as this process read it in the last five seconds, or None."""
        read_at, team = self._recent.get((namespace, name), (0.0, None))
        return None if monotonic() - read_at > RECENT_SECONDS else team

    async def get(self, namespace: str, name: str, deadline: float) -> Team:
        """Return the team as of this call or later.

        `deadline` is a time of `time.monotonic()`, in seconds. Raises `TeamNotFound`,
        `TeamBeingDeleted`, `TeamNotReadable` or `TeamUnanswered`.
        """
        key = namespace, name
        try:
            async with asyncio.timeout(max(0.0, deadline - monotonic())):
                if key in self._next or key in self._running:
                    team = await asyncio.shield(self._join(key, deadline))
                else:
                    team = await self._run(key, deadline)
        except TimeoutError:
            raise TeamUnanswered(namespace, name, "out of time") from None
        if team.metadata.deletion_timestamp is not None:
            raise TeamBeingDeleted(namespace, name)
        return team

    def _join(self, key: Key, deadline: float) -> asyncio.Task[Team]:
        """Join the look-up that starts after the running one."""
        if shared := self._next.get(key):
            LOOKUPS_SHARED.inc()
            shared.deadline = max(shared.deadline, deadline)
            return shared.task
        task = asyncio.ensure_future(self._run_after(self._running[key], key))
        # If every waiting request was cancelled, asyncio would report an exception that was never retrieved.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._next[key] = SharedLookup(deadline, task)
        return task

    async def _run_after(self, running: asyncio.Future[None], key: Key) -> Team:
        try:
            await asyncio.wait((running,))  # unlike `await running`, does not pass a cancellation on
        finally:
            shared = self._next.pop(key)
        return await self._run(key, shared.deadline)

    async def _run(self, key: Key, deadline: float) -> Team:
        """Call `fetch` in the task of the caller, whose cancellation ends it."""
        ended = self._running[key] = asyncio.get_running_loop().create_future()
        started = monotonic()
        self._recent.pop(key, None)
        try:
            team = await self._fetch(*key, deadline)
            if team.metadata.deletion_timestamp is None:
                self._remember(key, started, team)
            return team
        finally:
            LOOKUP_SECONDS.observe(monotonic() - started)
            del self._running[key]
            ended.set_result(None)

    def _remember(self, key: Key, read_at: float, team: Team) -> None:
        self._recent.pop(key, None)
        self._recent[key] = read_at, team
        while len(self._recent) > RECENT_TEAMS:
            del self._recent[next(iter(self._recent))]
