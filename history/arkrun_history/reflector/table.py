"""Runs and teams as rows of a Table: metadata and printer columns instead of whole objects.

With `Accept: application/json;as=Table` the API server evaluates the CRD's printer columns and sends each
object's metadata beside them (apimachinery, meta/v1/types.go: Table). A run costs about 1 KB on the wire,
whatever the size of its status, and a few hundred bytes in memory.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec

from arkrun_crd.names import SPEC_SEAL_ANNOTATION, STATUS_SEAL_ANNOTATION, TEAM_LABEL
from arkrun_crd.seal.statement import MalformedSealError, UnknownFormatError, parse_seal

Key = tuple[str, str]
"""Namespace and name."""


class Labels(msgspec.Struct, rename={"team": TEAM_LABEL}):
    """The team label."""

    team: str = ""


class Annotations(
    msgspec.Struct, rename={"spec_seal": SPEC_SEAL_ANNOTATION, "status_seal": STATUS_SEAL_ANNOTATION}
):
    """The seals."""

    spec_seal: str | None = None
    status_seal: str | None = None


class Metadata(msgspec.Struct, rename="camel"):
    """The fields of ObjectMeta that history uses."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: Labels | None = None
    annotations: Annotations | None = None

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


class _ListMetadata(msgspec.Struct, rename="camel"):
    resource_version: str = ""


class Table(msgspec.Struct, rename="camel"):
    """A page of a list, or the object of a watch event."""

    metadata: _ListMetadata
    rows: list[Row] | None = None
    column_definitions: list[_Column] | None = None


class Run(msgspec.Struct, frozen=True, gc=False):
    """A run in the store. Times are Unix seconds.

    `completed_at` is status.completionTime. A CRD without such a column leaves it unknown, and
    `completion_known` False. `deleting` is True once the run has a deletionTimestamp. `spec_sealed` is True
    if it has a seal of its spec; `sealed_phase` is the phase that the seal of its end names, None without
    such a seal, empty if that seal names another object or cannot be read.
    """

    name: str
    uid: str
    resource_version: str
    team: Key
    phase: str
    created_at: float
    completed_at: float | None
    completion_known: bool
    deleting: bool
    spec_sealed: bool = False
    sealed_phase: str | None = None

    @property
    def finished_at(self) -> float:
        """The start of its age: completionTime, else creationTimestamp, as in the operator."""
        return self.created_at if self.completed_at is None else self.completed_at


class RunColumns:
    """The column positions in a Table of ArkRuns; raises ValueError if there is no Phase."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._team = _position(columns, "Team")
        self._phase = columns.index("Phase")
        self._completed = _position(columns, "Completed")

    def parse(self, row: Row) -> Run:
        """Parse a row. The team of a run is that of its label, else that of its spec.teamRef."""
        metadata, cells = row.object.metadata, row.cells
        label = metadata.labels.team if metadata.labels else ""
        team = label or (str(cells[self._team] or "") if self._team is not None else "")
        completed = None if self._completed is None else cells[self._completed]
        return Run(
            metadata.name,
            metadata.uid,
            metadata.resource_version,
            (sys.intern(metadata.namespace), sys.intern(team)),
            sys.intern(str(cells[self._phase] or "Pending")),
            parse_time(metadata.creation_timestamp) or 0.0,
            parse_time(completed),
            self._completed is not None,
            metadata.deletion_timestamp is not None,
            metadata.annotations is not None and metadata.annotations.spec_seal is not None,
            _sealed_phase(metadata),
        )


def parse_time(text: Any) -> float | None:
    """Parse an RFC 3339 time into Unix seconds; return None if it is absent or malformed."""
    with suppress(ValueError, TypeError):
        return datetime.fromisoformat(text).timestamp()
    return None


def _sealed_phase(metadata: Metadata) -> str | None:
    text = metadata.annotations.status_seal if metadata.annotations else None
    if text is None:
        return None
    try:
        statement = parse_seal(text).statement
    except (MalformedSealError, UnknownFormatError):
        return ""
    return sys.intern(statement.phase or "") if statement.uid == metadata.uid else ""


def _position(columns: Sequence[str], name: str) -> int | None:
    return columns.index(name) if name in columns else None
