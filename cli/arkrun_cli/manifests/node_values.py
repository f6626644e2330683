"""The values of nodes: aliases followed, merge keys merged, of equal keys the last one."""

from __future__ import annotations

from typing import Any, NamedTuple

from arkrun_cli.manifests.node import (
    MAX_DEPTH,
    Alias,
    ManifestError,
    Mapping,
    Node,
    Scalar,
    Sequence,
    key_text,
)
from arkrun_cli.manifests.scalars import json_number

# Limits of kubectl's parser: small documents may consist of aliases, large ones of few.
_FEW_ALIASES, _FEW_NODES = 100, 1000
_LOW, _HIGH = 400_000, 4_000_000
_MOST, _LEAST = 0.99, 0.10


class Duplicate(NamedTuple):
    """A key that its mapping has twice."""

    key: str
    line: int
    column: int


class Values:
    """Computes the value of one document's root."""

    def __init__(self) -> None:
        self.duplicates: list[Duplicate] = []
        self._nodes = 0
        self._aliased = 0
        self._alias_depth = 0

    def of(self, node: Node, depth: int = 0) -> Any:
        """Return the value of a node. Raises ManifestError for what kubectl refuses."""
        self._count(node, depth)
        if isinstance(node, Scalar):
            return _scalar(node)
        if isinstance(node, Sequence):
            return [self.of(item, depth + 1) for item in node.items]
        if isinstance(node, Mapping):
            return self._mapping(node, depth)
        self._alias_depth += 1
        value = self.of(node.target, depth + 1)
        self._alias_depth -= 1
        return value

    def _mapping(self, node: Mapping, depth: int) -> dict[str, Any]:
        value: dict[str, Any] = {}
        own: set[str] = set()
        for key, member in node.pairs:
            if isinstance(key, Scalar) and key.is_merge:
                value |= self._merged(member, depth)
                continue
            name = self._key(key, depth + 1)
            if name in own and not self._alias_depth:
                self.duplicates.append(Duplicate(name, key.line, key.column))
            own.add(name)
            value[name] = self.of(member, depth + 1)
        return value

    def _key(self, node: Node, depth: int) -> str:
        target = node.target if isinstance(node, Alias) else node
        self._count(target, depth)
        name = key_text(target.value) if isinstance(target, Scalar) else None
        if name is None:
            raise ManifestError(
                "expected a string, a boolean or a number of 63 bits as a key", node.line, node.column
            )
        return name

    def _merged(self, node: Node, depth: int) -> dict[str, Any]:
        source = node.target if isinstance(node, Alias) else node
        if isinstance(source, Sequence) and not isinstance(node, Alias):
            merged: dict[str, Any] = {}
            for item in reversed(source.items):
                merged |= self._merged(item, depth) if not isinstance(item, Sequence) else self._refuse(item)
            return merged
        value = self.of(node, depth + 1)
        return value if isinstance(value, dict) else self._refuse(node)

    def _refuse(self, node: Node) -> dict[str, Any]:
        raise ManifestError("<< merges an object, or a list of objects", node.line, node.column)

    def _count(self, node: Node, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise ManifestError(
                f"nested more than {MAX_DEPTH} levels deep, or an anchor contains itself",
                node.line,
                node.column,
            )
        self._nodes += 1
        self._aliased += bool(self._alias_depth)
        few = self._aliased <= _FEW_ALIASES or self._nodes <= _FEW_NODES
        if not few and self._aliased / self._nodes > _allowed_ratio(self._nodes):
            raise ManifestError("the document has too many aliases", node.line, node.column)


def _scalar(node: Scalar) -> Any:
    if not isinstance(node.value, int | float) or isinstance(node.value, bool):
        return node.value
    try:
        return json_number(node.value)
    except ValueError as error:
        raise ManifestError(str(error), node.line, node.column) from None


def _allowed_ratio(nodes: int) -> float:
    """Return which share of the nodes may come from aliases."""
    if nodes <= _LOW:
        return _MOST
    if nodes >= _HIGH:
        return _LEAST
    return _MOST - (_MOST - _LEAST) * (nodes - _LOW) / (_HIGH - _LOW)
