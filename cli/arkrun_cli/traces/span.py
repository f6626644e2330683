"""Spans of a trace as a tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

_INPUT = re.compile(r"(^|[._])(input|prompt)[._]?tokens$", re.IGNORECASE)
_OUTPUT = re.compile(r"(^|[._])(output|completion)[._]?tokens$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """One operation; `start` is in microseconds since 1970, `error` why it failed, empty if it did not."""

    id: str
    parent: str
    service: str
    name: str
    start: int
    duration: timedelta
    error: str
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def input_tokens(self) -> int | None:
        """Tokens of the prompt, by whatever convention they are named."""
        return self._number(_INPUT)

    @property
    def output_tokens(self) -> int | None:
        """Tokens of the answer."""
        return self._number(_OUTPUT)

    def _number(self, name: re.Pattern[str]) -> int | None:
        values = (value for key, value in self.attributes.items() if name.search(key))
        return next((int(value) for value in values if str(value).isdigit()), None)


@dataclass(frozen=True, slots=True)
class Trace:
    """All spans of one trace."""

    id: str
    spans: tuple[Span, ...]

    @property
    def duration(self) -> timedelta:
        """Time from the start of the first span to the end of the last one."""
        if not self.spans:
            return timedelta()
        ends = [span.start + span.duration // timedelta(microseconds=1) for span in self.spans]
        return timedelta(microseconds=max(ends) - min(span.start for span in self.spans))

    def tree(self) -> Iterator[tuple[int, Span]]:
        """Yield every span once, after its parent and by its start, with its depth."""
        children = _children(self.spans)
        rest = {span.id: span for span in sorted(self.spans, key=lambda span: span.start)}
        roots = [span for span in rest.values() if span.parent not in rest]
        # A damaged trace may have parents in a circle: whoever is left starts a tree of its own.
        for root in [*roots, *list(rest.values())]:
            pending = [(0, root)] if root.id in rest else []
            while pending:
                depth, span = pending.pop()
                if rest.pop(span.id, None) is None:
                    continue
                yield depth, span
                pending += [(depth + 1, child) for child in reversed(children.get(span.id, []))]


def _children(spans: Sequence[Span]) -> dict[str, list[Span]]:
    children: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda span: span.start):
        children.setdefault(span.parent, []).append(span)
    return children
