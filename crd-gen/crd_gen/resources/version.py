"""What a definition contains besides the schemas: names, versions, columns and subresources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Pick = Callable[[Any], Any]
"""A field of the resource by attribute: `lambda run: run.spec.team_ref`."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """What all versions of a kind share (CustomResourceDefinitionSpec without versions)."""

    group: str
    kind: str
    plural: str
    singular: str = ""
    list_kind: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    scope: Literal["Namespaced", "Cluster"] = "Namespaced"
    annotations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Column:
    """A printer column; its type is that of the field unless it is given."""

    name: str
    of: Pick
    type: str = ""
    description: str = ""
    priority: int = 0


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The fields of the scale subresource."""

    spec_replicas: Pick
    status_replicas: Pick
    label_selector: Pick | None = None


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a kind. The status subresource is enabled if the model has a field `status`."""

    name: str
    served: bool = True
    storage: bool = True
    deprecated: bool = False
    deprecation_warning: str = ""
    columns: tuple[Column, ...] = ()
    selectable: tuple[Pick, ...] = ()
    scale: Scale | None = None

    def picks(self) -> tuple[Pick, ...]:
        """Return the fields that the version refers to."""
        scale = self.scale
        scaled = (scale.spec_replicas, scale.status_replicas, scale.label_selector) if scale else ()
        columns = tuple(column.of for column in self.columns)
        return (*columns, *self.selectable, *(pick for pick in scaled if pick))
