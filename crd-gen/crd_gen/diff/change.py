"""A change of a definition."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Weight(enum.IntEnum):
    """How severe a change is.

    SAFE: no effect on objects and clients. LOOSENING: more is accepted, so clients may read values that
    they do not expect. RATCHETED: less is accepted, but an invalid object can be updated as long as the
    invalid value is unchanged (ratcheting, Kubernetes 1.33 and later). TIGHTENING: less is accepted, and an
    invalid object cannot be updated until it is fixed. BREAKING: data is lost, or valid requests fail.
    """

    SAFE = 0
    LOOSENING = 1
    RATCHETED = 2
    TIGHTENING = 3
    BREAKING = 4


@dataclass(frozen=True)
class Change:
    """A change; code identifies its kind for waivers and SARIF, path is "" for the definition itself."""

    weight: Weight
    definition: str
    version: str
    path: str
    code: str
    text: str

    @property
    def where(self) -> str:
        """Return the definition, version and field of the change."""
        return " ".join(part for part in (self.definition, self.version, self.path) if part)

    def __str__(self) -> str:
        return f"{self.weight.name.lower():<10} {self.where}: {self.text} [{self.code}]"
