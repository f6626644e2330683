"""Where the walk through a model is, and what it makes there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from crd_gen.errors import UnmappableError

Schema = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where the walk is: the model that declares the field, the JSON path, the models around it.

    hole tells how a client could get round a rule on this place by way of its parents, inside the
    same for what is below this place; both are empty where it cannot. annotation is the nearest
    field's type as its author wrote it. resource tells that a whole Kubernetes object stands here,
    metadata that this is the metadata of one; absent that None here says that the field is not there.
    """

    model: str
    path: str = ""
    around: tuple[str, ...] = ()
    hole: str = ""
    inside: str = ""
    annotation: Any = None
    resource: bool = False
    metadata: bool = False
    absent: bool = False

    def below(self, step: str) -> Place:
        """Go one step down, to what is there for as long as its parent."""
        path = f"{self.path}{step}" if self.path else step.lstrip(".")
        metadata = self.resource and step == ".metadata"
        return replace(self, path=path, hole=self.inside, resource=False, metadata=metadata, absent=False)

    def among(self, step: str) -> Place:
        """Go one step down, to one of many that come and go."""
        hole = f"one of {self.path} can be removed and added anew"
        return replace(self.below(step), hole=hole, inside=hole)

    def refuse(self, problem: str, *ways_out: str) -> UnmappableError:
        """Make the error for what stands here."""
        return UnmappableError(self.model, self.path, problem, ways_out)
