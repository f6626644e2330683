"""Markers of formats and patterns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crd_gen.formats import regex, strfmt
from crd_gen.markers.base import Check, Marker


@dataclass(frozen=True)
class Format(Marker):
    """A format that the API server validates; accepts is the check in Python for one that strfmt.py lacks."""

    name: str
    accepts: Callable[[Any], bool] | None = None

    def check(self) -> Check | None:
        """Return the server's check of the format; None if there is none in Python."""
        accepts = self.accepts or strfmt.ACCEPTS.get(self.name.replace("-", ""))
        return Check(accepts, f"must be a valid {self.name}") if accepts else None


@dataclass(frozen=True)
class Pattern(Marker):
    r"""A pattern that pydantic matches as Go does: \d, \w and \s are ASCII.

    Field(pattern=...) is enough for a pattern that both engines match alike.
    """

    text: str

    def check(self) -> Check:
        """Return the search for the pattern with RE2, which matches as Go does.

        It raises ValueError for a pattern that Go does not compile.
        """
        return Check(self._matches, f"must match {self.text}")

    def _matches(self, value: str) -> bool:
        return regex.finder(self.text)(value)
