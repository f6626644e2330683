"""A position in a model while its schema is generated."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from crd_gen.errors import UnmappableError
from crd_gen.source import source_of


@dataclass
class Report:
    """What the translation of a model yields besides its schema.

    refusals are the constructs without an equivalent, python_only the checks that are declared to stay in
    Python, and sources the models and attributes by their JSON paths.
    """

    refusals: list[UnmappableError] = field(default_factory=list)
    python_only: list[str] = field(default_factory=list)
    sources: dict[str, tuple[type | None, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Location:
    """The model that declares the current field, and the field's JSON path.

    ancestors are the models that contain the field, and pydantic's references to other named types that do.
    bypass describes how a client could evade a transition rule here through a parent, and inner_bypass the
    same for the children; both are empty if that is impossible. annotation is the type of the nearest field
    as its author wrote it, and python_only the reason why its validators stay in Python. is_resource marks a
    whole Kubernetes object, is_metadata the metadata of one, and none_is_absent a field whose None means
    that it is absent.
    """

    model: str
    path: str = ""
    ancestors: tuple[type | str, ...] = ()
    bypass: str = ""
    inner_bypass: str = ""
    annotation: Any = None
    owner: type | None = None
    attribute: str = ""
    python_only: str = ""
    is_resource: bool = False
    is_metadata: bool = False
    none_is_absent: bool = False
    report: Report = field(default_factory=Report, compare=False)

    def child(self, step: str, **changes: Any) -> Location:
        """Return the location of a child that exists as long as its parent does."""
        inside: dict[str, Any] = {
            "path": f"{self.path}{step}" if self.path else step.lstrip("."),
            "bypass": self.inner_bypass,
            "is_resource": False,
            "is_metadata": self.is_resource and step == ".metadata",
            "none_is_absent": False,
        }
        return replace(self, **inside | changes)

    def element(self, step: str, annotation: Any) -> Location:
        """Return the location of the elements of a list or map, which can be removed and added."""
        bypass = f"an element of {self.path} can be removed and added again"
        return self.child(step, annotation=annotation, bypass=bypass, inner_bypass=bypass)

    def of(self, model: type, **changes: Any) -> Location:
        """Return the same position, with the model that is translated here as the one to name in errors."""
        return replace(self, model=model.__name__, owner=model, attribute="", **changes)

    @property
    def source(self) -> str:
        """Return the file and line of the field or model."""
        return source_of(self.owner, self.attribute)

    def error(self, problem: str, *alternatives: str) -> UnmappableError:
        """Return the error for a construct here that cannot be mapped."""
        return UnmappableError(self.model, self.path, problem, alternatives, source=self.source)

    def refuse(self, problem: str, *alternatives: str) -> None:
        """Report a construct that cannot be mapped, and whose schema is known nevertheless."""
        self.report.refusals.append(self.error(problem, *alternatives))
