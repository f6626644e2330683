"""The declaration of checks that stay in Python."""

from __future__ import annotations

from dataclasses import dataclass

from crd_gen.markers.base import Marker


@dataclass(frozen=True)
class PythonOnly(Marker):
    """Checks in Python that the API server does not make; `crd-gen write` and `check` list them.

    On a field it covers the field's own validators. Among the `rules` of a model it covers the named
    methods, such as a model validator or model_post_init; without names, all methods of the model.
    """

    reason: str
    methods: tuple[str, ...] = ()

    def __init__(self, reason: str, *methods: str) -> None:
        object.__setattr__(self, "reason", reason)
        object.__setattr__(self, "methods", methods)

    def covers(self, method: str) -> bool:
        """Return True if a method of the model may stay in Python."""
        return not self.methods or method in self.methods
