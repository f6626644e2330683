"""YAML manifests with the line and column of every value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_KEY = re.compile(r'\.?([^.\[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')


class ManifestError(Exception):
    """The text is not valid YAML; `line` and `column` count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


@dataclass(frozen=True, slots=True)
class Document:
    """One document: its value, and the YAML nodes that hold the positions."""

    value: Any
    node: Node

    def position(self, path: str) -> tuple[int, int]:
        """Return line and column of a path such as `spec.pipeline[1].role` or its longest known prefix."""
        node = self.node
        mark = node.start_mark
        for plain, index, quoted in _KEY.findall(path):
            key, child = _child(node, plain or quoted, index)
            if child is None:
                break
            mark, node = (key or child).start_mark, child
        return mark.line + 1, mark.column + 1


class _Loader(yaml.SafeLoader):
    """YAML restricted to JSON: timestamps stay strings, and duplicate keys are errors."""

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build the mapping; raises ConstructorError for a duplicate key."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f'duplicate key "{key.value}"', key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def documents(text: str) -> Iterator[Document]:
    """Yield the documents, and the items of each List. Raises ManifestError at the first syntax error."""
    loader = _Loader(text)
    try:
        while (node := loader.get_node() if loader.check_node() else None) is not None:
            value = loader.construct_document(node)
            yield from _items(Document(value, node))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise ManifestError(error.problem or str(error), line, column) from error
    except yaml.YAMLError as error:
        raise ManifestError(str(error), 1, 1) from error


def _items(document: Document) -> Iterator[Document]:
    value = document.value
    if isinstance(value, dict) and value.get("kind") == "List" and isinstance(value.get("items"), list):
        _, nodes = _child(document.node, "items", "")
        if isinstance(nodes, SequenceNode):
            for item, node in zip(value["items"], nodes.value, strict=True):
                yield from _items(Document(item, node))
    elif value is not None:
        yield document


def _child(node: Node, name: str, index: str) -> tuple[Node | None, Node | None]:
    if isinstance(node, MappingNode):
        return next(((key, value) for key, value in node.value if key.value == (name or index)), (None, None))
    if isinstance(node, SequenceNode) and index and int(index) < len(node.value):
        return None, node.value[int(index)]
    return None, None
