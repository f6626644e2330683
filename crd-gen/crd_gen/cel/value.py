"""What the estimate knows of a part of an expression."""

from __future__ import annotations

from dataclasses import dataclass, replace

from crd_gen.cel.amount import ENDLESS
from crd_gen.cel.declared import DYN, Declared

SCALARS = ("bool", "double", "duration", "int", "timestamp")


@dataclass(frozen=True)
class Value:
    """Cost, type and size of a part.

    place is the node of the schema that the part names, if it is a path from self; size is what
    a call or a literal makes, entry the size of one item of it.
    """

    cost: int
    kind: Declared = DYN
    place: Declared | None = None
    has_path: bool = False
    size: int | None = None
    entry: int | None = None
    text: str = ""

    def measured(self) -> int:
        """Give the most elements that the part can have, ENDLESS if nothing bounds it."""
        if self.size is not None:
            return self.size
        if self.has_path and self.place is not None:
            return self.place.max_elements
        return 1 if self.kind.kind in SCALARS else ENDLESS

    def costing(self, cost: int) -> Value:
        """Give the same part at another cost."""
        return replace(self, cost=cost)
