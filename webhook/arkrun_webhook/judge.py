"""Judges the pipelines of runs, each of them once: the runs of a team differ in the values of their input.

What the rules see and what is remembered are the same bytes, so a rule cannot look at more.
"""

from __future__ import annotations

from hashlib import sha256

import msgspec

from arkrun_webhook import rules
from arkrun_webhook.review import NOTHING, raw
from arkrun_webhook.rules import Finding
from arkrun_webhook.snapshot import RunSpec, own_input

REMEMBERED = 4096
"""Pipelines; 32 bytes each and as much again."""


class Judge:
    """Remembers in which pipelines nothing was found; one with findings is judged whenever it comes.

    Findings quote names of any length, so to remember them would take any amount of memory.
    """

    def __init__(self) -> None:
        self._flawless: dict[bytes, None] = {}

    def of_run(self, spec: RunSpec) -> list[Finding]:
        """List what is wrong, or looks wrong; raises msgspec.MsgspecError and the like when it is no JSON."""
        judged = essence(spec)
        digest = sha256(judged).digest()
        if digest in self._flawless:
            return []
        found = rules.of_run(msgspec.json.decode(judged))
        if not found:
            self._remember(digest)
        return found

    def _remember(self, digest: bytes) -> None:
        if len(self._flawless) >= REMEMBERED:
            del self._flawless[next(iter(self._flawless))]
        self._flawless[digest] = None


def essence(spec: RunSpec) -> bytes:
    """Write the part of a run's spec that the rules look at; of the input, the names."""
    parts = {"pipeline": spec.pipeline, "roles": spec.roles, "output": spec.output}
    names = dict.fromkeys(sorted(own_input(spec) or ()))
    return bytes(raw({key: part for key, part in parts.items() if part not in NOTHING} | {"input": names}))
