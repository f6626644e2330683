"""Judges the pipelines of runs, each of them once: the runs of a team differ in the values of their input.

What the rules see and what is remembered are made of the same four spans, so a rule cannot look at more.
"""

from __future__ import annotations

import msgspec

from arkrun_webhook import rules
from arkrun_webhook.compare import given
from arkrun_webhook.rules import Finding
from arkrun_webhook.snapshot import RunSpec, TeamSpec
from arkrun_webhook.spans import NOTHING, digest, raw

REMEMBERED = 4096
"""Pipelines; each takes a hundred bytes."""


class Judge:
    """Remembers in which pipelines nothing was found; one with findings is judged whenever it comes.

    Findings quote names of any length, so to remember them would take any amount of memory.
    """

    def __init__(self) -> None:
        self._flawless: dict[bytes, None] = {}

    def of_run(self, spec: RunSpec, team: TeamSpec) -> list[Finding]:
        """List what is wrong, or looks wrong; raises msgspec.MsgspecError and the like when it is no JSON."""
        names = input_names(spec)
        known = fingerprint(spec, names, team)
        if known in self._flawless:
            return []
        found = rules.of_run(msgspec.json.decode(essence(spec, names)))
        if not found:
            self._remember(known)
        return found

    def _remember(self, known: bytes) -> None:
        if len(self._flawless) >= REMEMBERED:
            del self._flawless[next(iter(self._flawless))]
        self._flawless[known] = None


def input_names(spec: RunSpec) -> dict[str, None]:
    """List the names of the input; all of it is read, as what is no JSON is no run."""
    held = msgspec.json.decode(spec.input) if given(spec.input) else {}
    return dict.fromkeys(held) if isinstance(held, dict) else {}


def essence(spec: RunSpec, names: dict[str, None]) -> bytes:
    """Write the part of a run's spec that the rules look at; of the input, the names."""
    parts = {"pipeline": spec.pipeline, "roles": spec.roles, "output": spec.output}
    return bytes(raw({key: part for key, part in parts.items() if part not in NOTHING} | {"input": names}))


def fingerprint(spec: RunSpec, names: dict[str, None], team: TeamSpec) -> bytes:
    """Tell an essence from any other; most carry the pipeline of their team, whose digest is there."""
    carried = spec.roles == team.roles and spec.pipeline == team.pipeline
    pipeline = team.pipeline_digest if carried else digest(spec.pipeline, spec.roles)
    return digest(pipeline, spec.output, raw(names))
