"""Runs and teams as rows of a Table: metadata and printer columns, never whole objects.

`Accept: application/json;as=Table` makes the API server evaluate the CRD's printer columns and send
each object's metadata beside them (apimachinery, meta/v1/types.go: Table). A run costs about 1 KB on
the wire whatever its status holds, and what is decoded of it a few hundred bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec

from arkrun_crd.names import TEAM_LABEL

Key = tuple[str, str]
"""Namespace and name."""


class Labels(msgspec.Struct, rename={"team": TEAM_LABEL}):
    """The one label that matters."""

    team: str = ""


class Metadata(msgspec.Struct, rename="camel"):
    """Of PartialObjectMetadata, what is used."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: Labels | None = None

    @property
    def key(self) -> Key:
        """Namespace and name."""
        return sys.intern(self.namespace), self.name


class _Object(msgspec.Struct):
    metadata: Metadata


class Row(msgspec.Struct):
    """One object: its printer columns and its metadata."""

    cells: list[Any]
    object: _Object


class _Column(msgspec.Struct):
    name: str


class _ListMetadata(msgspec.Struct, rename={"version": "resourceVersion", "more": "continue"}):
    version: str = ""
    more: str = ""


class Table(msgspec.Struct, rename="camel"):
    """A page of a list, or the object of a watch event."""

    metadata: _ListMetadata
    rows: list[Row] | None = None
    column_definitions: list[_Column] | None = None


class Run(msgspec.Struct, frozen=True, gc=False):
    """What is kept of a run. Times are Unix seconds.

    `ended` is status.completionTime; when the CRD has no such column, `complete` is False and it is not
    known. `going` is a run that is being deleted.
    """

    name: str
    uid: str
    version: str
    team: Key
    phase: str
    created: float
    ended: float | None
    complete: bool
    going: bool

    @property
    def since(self) -> float:
        """Since when it is over: completionTime, else creationTimestamp, as the operator has it."""
        return self.created if self.ended is None else self.ended


class RunColumns:
    """Where a Table of ArkRuns has what; raises ValueError when it has no phase."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._team = _place(columns, "Team")
        self._phase = columns.index("Phase")
        self._completed = _place(columns, "Completed")

    def run(self, row: Row) -> Run:
        """Read a row. A run belongs to the team of its label; without one, of its spec.teamRef."""
        metadata, cells = row.object.metadata, row.cells
        label = metadata.labels.team if metadata.labels else ""
        team = label or (str(cells[self._team] or "") if self._team is not None else "")
        ended = None if self._completed is None else cells[self._completed]
        return Run(
            metadata.name,
            metadata.uid,
            metadata.resource_version,
            (sys.intern(metadata.namespace), sys.intern(team)),
            sys.intern(str(cells[self._phase] or "Pending")),
            moment(metadata.creation_timestamp) or 0.0,
            moment(ended),
            self._completed is not None,
            metadata.deletion_timestamp is not None,
        )


def moment(text: Any) -> float | None:
    """Read an RFC 3339 time as Unix seconds; None when there is none, or it makes no sense."""
    with suppress(ValueError, TypeError):
        return datetime.fromisoformat(text).timestamp()
    return None


def _place(columns: Sequence[str], name: str) -> int | None:
    return columns.index(name) if name in columns else None
