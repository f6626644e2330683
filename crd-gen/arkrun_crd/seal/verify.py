"""Verify the seals of a run: which part is as it was sealed, which one differs, and what nobody can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from arkrun_crd.names import RESTORED_ANNOTATION, SPEC_SEAL_ANNOTATION, STATUS_SEAL_ANNOTATION, TEAM_LABEL
from arkrun_crd.seal.canonical import CanonicalError, digest
from arkrun_crd.seal.keys import PublicKey
from arkrun_crd.seal.statement import (
    TERMINAL,
    MalformedSealError,
    Seal,
    Statement,
    UnknownFormatError,
    completion_time,
    parse_seal,
    status_digest,
)

__all__ = ["Part", "Report", "State", "may_be_retried", "verify"]

Json = dict[str, Any]
Keys = Mapping[str, PublicKey]


class State(StrEnum):
    """The state of one part, or of a whole run. OPEN is a status that has not ended, which no seal covers."""

    VERIFIED = "verified"
    OPEN = "open"
    NOT_SEALED = "not sealed"
    UNKNOWN = "cannot tell"
    ALTERED = "altered"


@dataclass(frozen=True, slots=True)
class Part:
    """The state of one part, and why."""

    state: State
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The parts of a run; `spec_sealed` and `status_sealed` are the times of valid seals, else empty."""

    identity: Part
    spec: Part
    status: Part
    spec_sealed: str = ""
    status_sealed: str = ""

    @property
    def parts(self) -> dict[str, Part]:
        """The parts by name."""
        return {"identity": self.identity, "spec": self.spec, "status": self.status}

    @property
    def state(self) -> State:
        """The worst state of the parts; VERIFIED if the status is open."""
        states = {part.state for part in self.parts.values()}
        order = (State.ALTERED, State.UNKNOWN, State.NOT_SEALED)
        return next((each for each in order if each in states), State.VERIFIED)


@dataclass(frozen=True, slots=True)
class _Checked:
    """A seal whose signature is valid, or the part that says what is wrong with it."""

    statement: Statement | None
    part: Part


def verify(run: Json, keys: Keys) -> Report:
    """Verify a run as the API server returns it. Never raises for the content of a run."""
    annotations = _annotations(run)
    spec = _check(annotations.get(SPEC_SEAL_ANNOTATION), "spec", keys)
    status = _check(annotations.get(STATUS_SEAL_ANNOTATION), "status", keys)
    return Report(
        identity=_identity(run, [each.statement for each in (spec, status) if each.statement]),
        spec=_spec(run, spec, status),
        status=_status(run, status),
        spec_sealed=spec.statement.time if spec.statement else "",
        status_sealed=status.statement.time if status.statement else "",
    )


def may_be_retried(statement: Statement, run: Json) -> bool:
    """Return True if a retry of a run that Failed may have changed the status since it was sealed."""
    if statement.phase != "Failed":
        return False
    if _phase(run) not in TERMINAL:
        return True
    completed, sealed = completion_time(run), statement.completed or ""
    return completed > sealed or completed == sealed == ""


def _check(text: Any, kind: str, keys: Keys) -> _Checked:
    if text is None:
        return _Checked(None, Part(State.NOT_SEALED))
    try:
        seal = parse_seal(text if isinstance(text, str) else "")
    except UnknownFormatError as error:
        return _Checked(None, Part(State.UNKNOWN, f"{error}: a newer ark may know it"))
    except MalformedSealError:
        return _Checked(None, Part(State.ALTERED, "its seal was altered: it is not a seal"))
    return _check_signature(seal, kind, keys)


def _check_signature(seal: Seal, kind: str, keys: Keys) -> _Checked:
    key = keys.get(seal.statement.key)
    if key is None:
        return _Checked(None, Part(State.UNKNOWN, f"sealed with the unknown key {seal.statement.key}"))
    if not key.verifies(seal.signature, seal.signed):
        return _Checked(None, Part(State.ALTERED, "its seal was altered: the signature is not valid"))
    if seal.statement.seal != kind:
        return _Checked(None, Part(State.ALTERED, f"its seal is that of a {seal.statement.seal}"))
    return _Checked(seal.statement, Part(State.VERIFIED))


def _identity(run: Json, statements: list[Statement]) -> Part:
    if not statements:
        return Part(State.NOT_SEALED, "no valid seal names this run")
    differences = dict(pair for each in statements for pair in _differences(run, each))
    if not differences:
        return Part(State.VERIFIED)
    listed = ", ".join(f"{name} was {sealed!r}" for name, sealed in differences.items())
    if _is_copy(run) and differences.keys() <= {"uid", "namespace", "generation"}:
        return Part(State.UNKNOWN, f"a restored copy of another object ({listed})")
    return Part(State.ALTERED, f"sealed as another run ({listed})")


def _differences(run: Json, statement: Statement) -> list[tuple[str, object]]:
    """Return each field of the identity that differs, with its value in the statement."""
    metadata = _object(run.get("metadata"))
    found = [
        (name, getattr(statement, name))
        for name in ("uid", "namespace", "name", "generation")
        if metadata.get(name, 0 if name == "generation" else "") != getattr(statement, name)
    ]
    label = _object(metadata.get("labels")).get(TEAM_LABEL, "")
    spec = run.get("spec")
    # A missing label may be added later, if it is the name of the team.
    added = not statement.team and isinstance(spec, dict) and label == spec.get("teamRef")
    return found if label == statement.team or added else [*found, ("team", statement.team)]


def _spec(run: Json, spec: _Checked, status: _Checked) -> Part:
    statements = [each.statement for each in (spec, status) if each.statement]
    try:
        found = digest(run.get("spec"))
    except CanonicalError as error:
        return Part(State.UNKNOWN, str(error))
    if any(each.spec != found for each in statements):
        return Part(State.ALTERED, "differs from what was sealed")
    if spec.part.state is State.NOT_SEALED and status.statement:
        return Part(State.NOT_SEALED, "its own seal is missing; the seal of the end names the same spec")
    return spec.part


def _status(run: Json, status: _Checked) -> Part:
    ended = _phase(run) in TERMINAL
    if status.statement is None:
        is_open = status.part.state is State.NOT_SEALED and not ended
        return Part(State.OPEN, "the run has not ended") if is_open else status.part
    try:
        same = status_digest(run) == status.statement.status
    except CanonicalError as error:
        return Part(State.UNKNOWN, str(error))
    if same:
        return status.part
    if (
        _is_copy(run)
        and not run.get("status")
        and status.statement.uid != _object(run.get("metadata")).get("uid")
    ):
        return Part(State.UNKNOWN, "a restored copy whose status was not restored")
    if may_be_retried(status.statement, run):
        return Part(State.UNKNOWN, "differs from what was sealed, as after a retry that is not sealed yet")
    return Part(State.ALTERED, "differs from what was sealed")


def _is_copy(run: Json) -> bool:
    return bool(_annotations(run).get(RESTORED_ANNOTATION) == "true")


def _annotations(run: Json) -> Json:
    return _object(_object(run.get("metadata")).get("annotations"))


def _object(value: object) -> Json:
    """Return the value if it is an object, else an empty one: an exported file holds anything."""
    return value if isinstance(value, dict) else {}


def _phase(run: Json) -> str:
    status = run.get("status")
    return str(status.get("phase")) if isinstance(status, dict) else ""
