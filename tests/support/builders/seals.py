"""Keys, and runs that are sealed with them, without an API server."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from arkrun_crd.names import SPEC_SEAL_ANNOTATION, STATUS_SEAL_ANNOTATION
from arkrun_crd.seal.keys import PublicKey
from arkrun_crd.seal.statement import format_seal, spec_statement, status_statement
from support.builders.records import DONE, record

Json = dict[str, Any]

SEALED_AT = "2026-03-17T10:00:46Z"


@dataclass(frozen=True)
class SigningKey:
    """A private key with its public half."""

    public: PublicKey
    sign: Callable[[bytes], bytes]


def signing_key(number: int = 1) -> SigningKey:
    """Return the same key for the same number."""
    private = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    return SigningKey(PublicKey(private.public_key().public_bytes_raw()), private.sign)


KEY, OTHER_KEY = signing_key(1), signing_key(2)
KEYS = {KEY.public.id: KEY.public}


def sealed(run: Json, *, key: SigningKey = KEY, time: str = SEALED_AT, spec: bool = True) -> Json:
    """Return a copy of a run with the seal of its spec, and that of its end if it has ended."""
    run = copy.deepcopy(run)
    metadata = run["metadata"]
    metadata.setdefault("generation", 1)
    annotations = metadata.setdefault("annotations", {})
    if spec:
        statement = spec_statement(run, key=key.public.id, time=time)
        annotations[SPEC_SEAL_ANNOTATION] = format_seal(statement, key.sign)
    if (run.get("status") or {}).get("phase") in {"Succeeded", "Failed"}:
        statement = status_statement(run, key=key.public.id, time=time)
        annotations[STATUS_SEAL_ANNOTATION] = format_seal(statement, key.sign)
    return run


def failed(**status: Any) -> Json:
    """Build the status of a run that Failed."""
    steps = [{**DONE["steps"][0]}, {**DONE["steps"][1], "phase": "Failed", "message": "no"}]
    return {**DONE, "phase": "Failed", "steps": steps, **status}


def sealed_record(**changes: Any) -> Json:
    """Build a Succeeded run with both seals."""
    return sealed(record(status=DONE, **changes))
