"""The facts about a run's seals, from a row of the store or from the whole object."""

from __future__ import annotations

from typing import Any

from arkrun_crd.names import SPEC_SEAL_ANNOTATION, STATUS_SEAL_ANNOTATION
from arkrun_crd.seal.statement import (
    MalformedSealError,
    Statement,
    UnknownFormatError,
    parse_seal,
    status_digest,
)
from arkrun_crd.seal.verify import may_be_retried
from arkrun_history.reflector.table import Run
from arkrun_history.seal.decision import SealFacts

__all__ = ["facts_of_object", "facts_of_row"]

Json = dict[str, Any]


def facts_of_row(run: Run) -> SealFacts:
    """Return the facts that a row shows; whether a sealed run was retried, only the object can show."""
    return SealFacts(
        phase=run.phase,
        spec_sealed=run.spec_sealed,
        sealed_phase=run.sealed_phase,
        deleting=run.deleting,
        retried=True,
    )


def facts_of_object(run: Json, *, reopened: bool) -> SealFacts:
    """Return the facts about a run as stored; `reopened` if a watch has seen it leave its ended phase.

    Raises CanonicalError.
    """
    metadata, status = run["metadata"], run.get("status")
    annotations = metadata.get("annotations") or {}
    text = annotations.get(STATUS_SEAL_ANNOTATION)
    statement = None if text is None else _own_statement(text, metadata["uid"])
    return SealFacts(
        phase=str(status.get("phase") or "") if isinstance(status, dict) else "",
        spec_sealed=SPEC_SEAL_ANNOTATION in annotations,
        sealed_phase=None if text is None else (statement.phase or "" if statement else ""),
        deleting="deletionTimestamp" in metadata,
        retried=statement is not None
        and statement.status != status_digest(run)
        and (reopened or may_be_retried(statement, run)),
    )


def _own_statement(text: str, uid: str) -> Statement | None:
    """Return the statement of a seal that was made for this object; a restored copy carries another's."""
    try:
        statement = parse_seal(text).statement
    except (MalformedSealError, UnknownFormatError):
        return None
    return statement if statement.uid == uid else None
