"""One change, with its weight."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Weight(enum.IntEnum):
    """How much a change can hurt; a CI fails from one of them on.

    SAFE: nobody notices. LOOSENING: more is accepted, so a reader may meet what it never met.
    RATCHETED: less is accepted, but an object that breaks the new rule stays writable as long as
    the value itself is not touched (Kubernetes 1.33 and later). TIGHTENING: less is accepted, and such an
    object cannot be written until it is mended. BREAKING: data is lost, or a request that worked fails.
    """

    SAFE = 0
    LOOSENING = 1
    RATCHETED = 2
    TIGHTENING = 3
    BREAKING = 4


@dataclass(frozen=True)
class Change:
    """code names the kind of change for waivers and SARIF; path is a field, empty for the definition."""

    weight: Weight
    definition: str
    version: str
    path: str
    code: str
    text: str

    @property
    def where(self) -> str:
        """Write the place: definition, version, field."""
        return " ".join(part for part in (self.definition, self.version, self.path) if part)

    def __str__(self) -> str:
        return f"{self.weight.name.lower():<10} {self.where}: {self.text} [{self.code}]"
