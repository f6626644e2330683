"""A position in a model while its schema is generated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from crd_gen.errors import UnmappableError


@dataclass(frozen=True)
class Location:
    """The model that declares the current field, the field's JSON path, and the models that contain it.

    bypass describes how a client could evade a transition rule here through a parent, and inner_bypass the
    same for the children; both are empty if that is impossible. annotation is the type of the nearest field
    as its author wrote it. is_resource marks a whole Kubernetes object, is_metadata the metadata of one,
    and none_is_absent a field whose None means that it is absent.
    """

    model: str
    path: str = ""
    ancestors: tuple[str, ...] = ()
    bypass: str = ""
    inner_bypass: str = ""
    annotation: Any = None
    is_resource: bool = False
    is_metadata: bool = False
    none_is_absent: bool = False

    def child(self, step: str) -> Location:
        """Return the location of a child that exists as long as its parent does."""
        return replace(
            self,
            path=f"{self.path}{step}" if self.path else step.lstrip("."),
            bypass=self.inner_bypass,
            is_resource=False,
            is_metadata=self.is_resource and step == ".metadata",
            none_is_absent=False,
        )

    def element(self, step: str) -> Location:
        """Return the location of the elements of a list or map, which can be removed and added."""
        bypass = f"an element of {self.path} can be removed and added again"
        return replace(self.child(step), bypass=bypass, inner_bypass=bypass)

    def error(self, problem: str, *alternatives: str) -> UnmappableError:
        """Return the error for a construct here that cannot be mapped."""
        return UnmappableError(self.model, self.path, problem, alternatives)
