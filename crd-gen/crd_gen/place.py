"""Where the walk through a model is, and what it makes there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from crd_gen.errors import UnmappableError

Schema = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where the walk is: the model that declares the field, the JSON path, the models around it."""

    model: str
    path: str = ""
    around: tuple[str, ...] = ()

    def below(self, step: str) -> Place:
        """Go one step down."""
        return replace(self, path=f"{self.path}{step}" if self.path else step.lstrip("."))

    def refuse(self, problem: str, *ways_out: str) -> UnmappableError:
        """Make the error for what stands here."""
        return UnmappableError(self.model, self.path, problem, ways_out)
