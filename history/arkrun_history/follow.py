"""List, then watch, for ever: a mirror that survives restarts, gaps and compaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing
from typing import Generic, Protocol, TypeVar

import structlog

from arkrun_history.errors import HistoryError
from arkrun_history.metrics import FAILURES, RELISTS
from arkrun_history.table import Key, Row, Table
from arkrun_kube import TABLE, Client, Event, ExpiredError, KubeError

log = structlog.get_logger("arkrun_history")

RETRY_FIRST, RETRY_LAST = 0.2, 5.0  # seconds
# Between two watches, should a server end them as soon as they begin.
BREATH = 0.05
BUSY = frozenset({429, 500, 502, 503})

# A stream that was cut off silently is found out when it should have ended.
WATCH_SECONDS = 40

T = TypeVar("T")


class Mirror(Protocol[T]):
    """What is kept of the objects of one kind; each change gives the teams that it touches."""

    def columns(self, names: Sequence[str]) -> None:
        """Learn the Table's columns."""

    def read(self, row: Row) -> T:
        """Make a record of a row."""

    def put(self, record: T, /) -> set[Key]:
        """Take an object's present state."""

    def drop(self, record: T, /) -> set[Key]:
        """Forget an object."""

    def replace(self, records: Iterable[T], /) -> set[Key]:
        """Take a whole list."""


class Follower(Generic[T]):
    """Keeps one mirror; `changed` is told which teams to look at.

    Nothing is told before a list is complete: half a list could make a run look older than it is.
    """

    def __init__(
        self, client: Client, path: str, mirror: Mirror[T], changed: Callable[[set[Key]], None]
    ) -> None:
        self._client = client
        self._path = path
        self._mirror = mirror
        self._changed = changed
        self._version = ""
        self.synced = asyncio.Event()
        self.problem = "not listed yet"

    async def run(self) -> None:
        """Follow until cancelled."""
        pause = RETRY_FIRST
        while True:
            try:
                if not self._version:
                    await self.list()
                await self._watch()
                self.problem = ""
                pause = RETRY_FIRST
                await asyncio.sleep(BREATH)
            except (KubeError, HistoryError) as error:
                # Resume a broken stream; after an error response, list again.
                if not _resumable(error):
                    self._version = ""
                self._failed(error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, RETRY_LAST)

    async def list(self) -> None:
        """Read all pages into the mirror."""
        RELISTS.labels(self._path.rpartition("/")[2]).inc()
        records: list[T] = []
        version = ""
        async for table in self._client.pages(self._path, model=Table, accept=TABLE):
            self._columns(table)
            records += [self._mirror.read(row) for row in table.rows or ()]
            version = table.metadata.version
        self._changed(self._mirror.replace(records))
        self._version = version
        self.problem = ""
        self.synced.set()

    async def _watch(self) -> None:
        events = self._client.watch(
            self._path, model=Table, accept=TABLE, version=self._version, seconds=WATCH_SECONDS
        )
        async with aclosing(events):
            async for event in events:
                self.problem = ""
                self._take(event)

    def _take(self, event: Event[Table]) -> None:
        table = event.object
        self._columns(table)
        if event.type != "BOOKMARK":
            take = self._mirror.drop if event.type == "DELETED" else self._mirror.put
            for row in table.rows or ():
                self._changed(take(self._mirror.read(row)))
        self._version = table.metadata.version

    def _columns(self, table: Table) -> None:
        if table.column_definitions:
            self._mirror.columns([column.name for column in table.column_definitions])

    def _failed(self, error: KubeError | HistoryError) -> None:
        FAILURES.labels("follow").inc()
        if self.problem != str(error):
            log.warning("cannot follow", path=self._path, reason=str(error))
        self.problem = str(error)


def _resumable(error: KubeError | HistoryError) -> bool:
    """Return True if nothing was said about the stream itself."""
    if isinstance(error, HistoryError | ExpiredError):
        return False
    return not error.status or error.status in BUSY
