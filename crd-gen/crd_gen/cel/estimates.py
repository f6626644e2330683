"""Cost, type and size of an expression."""

from __future__ import annotations

from dataclasses import dataclass

from crd_gen.cel.arithmetic import UNLIMITED
from crd_gen.cel.types import DYN, DeclType

SCALARS = ("bool", "double", "duration", "int", "timestamp")


@dataclass(frozen=True)
class Estimate:
    """The estimate of an expression.

    node is the type that the expression refers to, if it is a path from self; size is that of the result of a
    call or literal, entry that of one item of it, and text the expression for messages.
    """

    cost: int
    kind: DeclType = DYN
    node: DeclType | None = None
    has_path: bool = False
    size: int | None = None
    entry: int | None = None
    text: str = ""

    def max_size(self) -> int:
        """Return the most elements that the value can have; UNLIMITED if nothing bounds it."""
        if self.size is not None:
            return self.size
        if self.has_path and self.node is not None:
            return self.node.max_elements
        return 1 if self.kind.kind in SCALARS else UNLIMITED
