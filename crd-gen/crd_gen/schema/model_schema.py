"""The schema of a model that several fields have: it is translated once, and copied."""

from __future__ import annotations

from itertools import islice
from typing import Any

from crd_gen.keywords import Schema
from crd_gen.location import Location


class ModelSchema:
    """A translated model, with the sources of its fields by their paths within it.

    sources is the number of sources in the report before the translation.
    """

    def __init__(self, schema: Schema, at: Location, sources: int) -> None:
        self._schema = _copy(schema)
        added = islice(at.report.sources.items(), sources, None)
        self._sources = [(path.removeprefix(at.path), source) for path, source in added]

    def copy_to(self, at: Location) -> Schema:
        """Return a copy, which the markers of a field may change, and report the sources below its path."""
        for path, source in self._sources:
            at.report.sources.setdefault(at.path + path, source)
        copied: Schema = _copy(self._schema)
        return copied


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {word: _copy(inner) for word, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value
