"""Paths through a schema, as slices of Go.

cel-go extends the path of a value by append, which can overwrite the last step of another path that shares
its array: after `i.tags.all(t, t != i.name)` the path of i.tags ends in name. The server's estimates depend
on it, so the arrays are shared here as well.
"""

from __future__ import annotations


class Path:
    """The first steps of an array that other paths may share."""

    def __init__(self, array: list[str], length: int) -> None:
        self._array, self._length = array, length

    @classmethod
    def of(cls, name: str) -> Path:
        """Return the path of a variable."""
        return cls([name], 1)

    @property
    def steps(self) -> tuple[str, ...]:
        """Return the steps as they are now."""
        return tuple(self._array[: self._length])

    def then(self, step: str) -> Path:
        """Return the path with one more step, in the same array if that has room for it."""
        if self._length == len(self._array):
            capacity = max(1, 2 * self._length)
            array = [*self._array, *[""] * (capacity - self._length)]
        else:
            array = self._array
        array[self._length] = step
        return Path(array, self._length + 1)


NOWHERE = Path([], 0)
"""The path of a value that no variable leads to."""
