"""Sizes of values: the fewest and the most elements or characters."""

from __future__ import annotations

from dataclasses import dataclass

from crd_gen.cel.costs.arithmetic import UNLIMITED, plus, times

Size = tuple[int, int]
ONE: Size = (1, 1)
UNKNOWN: Size = (0, UNLIMITED)


@dataclass(frozen=True)
class Entry:
    """The sizes of the keys and values in a list or map."""

    kind: str
    key: Size
    value: Size

    def union(self, other: Entry | None) -> Entry | None:
        """Return the sizes that cover both; None if one is unknown."""
        return Entry(self.kind, union(self.key, other.key), union(self.value, other.value)) if other else None


def union(left: Size, right: Size) -> Size:
    """Return the size that covers both."""
    return min(left[0], right[0]), max(left[1], right[1])


def add(left: Size, right: Size) -> Size:
    """Return the size of both together."""
    return plus(left[0], right[0]), plus(left[1], right[1])


def multiply(left: Size, right: Size) -> Size:
    """Return the size of the one repeated as often as the other says."""
    return times(left[0], right[0]), times(left[1], right[1])
