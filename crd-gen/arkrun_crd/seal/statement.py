"""What a seal states about a run, and the text of the annotation that holds it.

A seal is `v1.SIGNATURE.STATEMENT`: the signature in hexadecimal, made over the bytes of the statement, which
is canonical JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from arkrun_crd.names import TEAM_LABEL
from arkrun_crd.seal.canonical import canonical, digest

__all__ = [
    "MAX_SEAL_LENGTH",
    "TERMINAL",
    "MalformedSealError",
    "Seal",
    "Statement",
    "UnknownFormatError",
    "completion_time",
    "format_seal",
    "parse_seal",
    "spec_statement",
    "status_digest",
    "status_statement",
]

Json = dict[str, Any]

TERMINAL = frozenset({"Succeeded", "Failed"})
MAX_SEAL_LENGTH = 4096
_SEAL = re.compile(r"v1\.([0-9a-f]{128})\.(\{.*\})")
_OTHER_VERSION = re.compile(r"(v[0-9]{1,4})\.")
# A run that ended may still be noted and observed.
_UNSEALED_STATUS_FIELDS = ("conditions", "observedGeneration")


class MalformedSealError(ValueError):
    """A text is not a seal."""


class UnknownFormatError(ValueError):
    """A seal of another format version."""


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A signed statement. `status`, `phase` and `completed` belong to the seal of an ended run.

    `spec` and `status` are digests; `completed` is status.completionTime.
    """

    v: Literal[1]
    seal: Literal["spec", "status"]
    key: str
    uid: str
    namespace: str
    name: str
    team: str
    generation: int
    time: str
    spec: str
    status: str | None = None
    phase: str | None = None
    completed: str | None = None


class Seal(msgspec.Struct, frozen=True):
    """A parsed seal; `signed` are the bytes under the signature."""

    signature: bytes
    signed: bytes
    statement: Statement


def spec_statement(run: Json, *, key: str, time: str) -> Statement:
    """Build the statement about a run's spec. Raises CanonicalError."""
    metadata = run["metadata"]
    return Statement(
        v=1,
        seal="spec",
        key=key,
        uid=metadata["uid"],
        namespace=metadata["namespace"],
        name=metadata["name"],
        team=(metadata.get("labels") or {}).get(TEAM_LABEL, ""),
        generation=metadata.get("generation", 0),
        time=time,
        spec=digest(run.get("spec")),
    )


def status_statement(run: Json, *, key: str, time: str) -> Statement:
    """Build the statement about the spec and status of a run that ended. Raises CanonicalError."""
    return msgspec.structs.replace(
        spec_statement(run, key=key, time=time),
        seal="status",
        status=status_digest(run),
        phase=run["status"]["phase"],
        completed=completion_time(run),
    )


def completion_time(run: Json) -> str:
    """Return status.completionTime, empty if there is none."""
    status = run.get("status")
    completed = status.get("completionTime") if isinstance(status, dict) else None
    return completed if isinstance(completed, str) else ""


def status_digest(run: Json) -> str:
    """Return the digest of a status without conditions and observedGeneration. Raises CanonicalError."""
    status = run.get("status")
    if status is None:
        status = {}
    if isinstance(status, dict):
        status = {key: value for key, value in status.items() if key not in _UNSEALED_STATUS_FIELDS}
    return digest(status)


def format_seal(statement: Statement, sign: Callable[[bytes], bytes]) -> str:
    """Sign a statement and return the text of the annotation."""
    signed = canonical(msgspec.to_builtins(statement))
    return f"v1.{sign(signed).hex()}.{signed.decode()}"


def parse_seal(text: str) -> Seal:
    """Parse the text of an annotation without verifying the signature.

    Raises MalformedSealError and UnknownFormatError.
    """
    found = _SEAL.fullmatch(text) if len(text) <= MAX_SEAL_LENGTH else None
    if found is None:
        other = _OTHER_VERSION.match(text)
        if other and other[1] != "v1":
            raise UnknownFormatError(f"format {other[1]} is not known")
        raise MalformedSealError("not a seal")
    signed = found[2].encode("utf-8", "replace")
    try:
        statement = msgspec.json.decode(signed, type=Statement)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise MalformedSealError("not a seal") from None
    return Seal(bytes.fromhex(found[1]), signed, statement)
