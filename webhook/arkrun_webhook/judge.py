"""Judges the pipelines of runs, each of them once: the runs of a team differ in the values of their input.

What the rules see and what is remembered are the same bytes, so a rule cannot look at more.
"""

from __future__ import annotations

from hashlib import sha256

import msgspec

from arkrun_webhook import rules
from arkrun_webhook.compare import given
from arkrun_webhook.rules import Finding
from arkrun_webhook.snapshot import RunSpec
from arkrun_webhook.spans import NOTHING, raw

REMEMBERED = 4096
"""Pipelines; each takes a hundred bytes."""


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
    """Write the part of a run's spec that the rules look at; of the input, which is read, the names."""
    parts = {"pipeline": spec.pipeline, "roles": spec.roles, "output": spec.output}
    held = msgspec.json.decode(spec.input) if given(spec.input) else {}
    names = dict.fromkeys(held) if isinstance(held, dict) else {}
    return bytes(raw({key: part for key, part in parts.items() if part not in NOTHING} | {"input": names}))
