"""List, then watch, and list again when the watch cannot be resumed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Generic, TypeVar

import structlog

from arkrun_history.errors import HistoryError
from arkrun_history.metrics import FAILURES, LISTS
from arkrun_history.reflector.store import Store
from arkrun_history.reflector.table import Key, Table
from arkrun_kube import TABLE, Client, Event, ExpiredError, KubeError

log = structlog.get_logger("arkrun_history")

BACKOFF_SECONDS, MAX_BACKOFF_SECONDS = 0.2, 5.0
# Bounds the rate of watches against a server that ends each one at once.
WATCH_PAUSE_SECONDS = 0.05
OVERLOADED_STATUSES = frozenset({429, 500, 502, 503})
# Short, because a silently broken connection is only noticed when the watch should have ended.
WATCH_SECONDS = 40

T = TypeVar("T")


class Reflector(Generic[T]):
    """Reflects one collection into a store; `on_change` receives the keys of the affected teams.

    It is first called after a complete list: with half of the runs, a team would seem to have fewer.
    `problem` is empty while list and watch work.
    """

    def __init__(
        self, client: Client, path: str, store: Store[T], on_change: Callable[[set[Key]], None]
    ) -> None:
        self._client = client
        self._path = path
        self._store = store
        self._on_change = on_change
        self._resource_version = ""
        self.synced = asyncio.Event()
        self.problem = "initial list not complete"

    async def run(self) -> None:
        """List and watch until cancelled."""
        backoff = BACKOFF_SECONDS
        while True:
            try:
                if not self._resource_version:
                    await self.list()
                await self._watch()
                self.problem = ""
                backoff = BACKOFF_SECONDS
                await asyncio.sleep(WATCH_PAUSE_SECONDS)
            except (KubeError, HistoryError) as error:
                if not _is_resumable(error):
                    self._resource_version = ""
                self._report(error)
                await asyncio.sleep(backoff)
                backoff = min(2 * backoff, MAX_BACKOFF_SECONDS)

    async def list(self) -> None:
        """Read all pages, then replace the store's content. Raises KubeError and TableError."""
        LISTS.labels(self._path.rpartition("/")[2]).inc()
        items: list[T] = []
        resource_version = ""
        async for table in self._client.pages(self._path, model=Table, accept=TABLE):
            self._set_columns(table)
            items += [self._store.parse(row) for row in table.rows or ()]
            resource_version = table.metadata.resource_version
        self._on_change(self._store.replace(items))
        self._resource_version = resource_version
        self.problem = ""
        self.synced.set()

    async def _watch(self) -> None:
        events = self._client.watch(
            self._path, model=Table, accept=TABLE, version=self._resource_version, seconds=WATCH_SECONDS
        )
        async with aclosing(events):
            async for event in events:
                self.problem = ""
                self._apply(event)

    def _apply(self, event: Event[Table]) -> None:
        table = event.object
        self._set_columns(table)
        if event.type != "BOOKMARK":
            change = self._store.delete if event.type == "DELETED" else self._store.upsert
            for row in table.rows or ():
                self._on_change(change(self._store.parse(row)))
        self._resource_version = table.metadata.resource_version

    def _set_columns(self, table: Table) -> None:
        if table.column_definitions:
            self._store.set_columns([column.name for column in table.column_definitions])

    def _report(self, error: KubeError | HistoryError) -> None:
        FAILURES.labels("follow").inc()
        if self.problem != str(error):
            log.warning("list or watch failed", path=self._path, reason=str(error))
        self.problem = str(error)


def _is_resumable(error: KubeError | HistoryError) -> bool:
    """Return True if the watch may continue from the last resourceVersion."""
    if isinstance(error, HistoryError | ExpiredError):
        return False
    return not error.status or error.status in OVERLOADED_STATUSES
