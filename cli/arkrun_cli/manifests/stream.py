"""The documents of a manifest, as kubectl finds them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from arkrun_cli.files import read_bytes
from arkrun_cli.manifests.json_nodes import JsonParser
from arkrun_cli.manifests.node import Alias, ManifestError, Mapping, Node, Sequence, key_text
from arkrun_cli.manifests.node_values import Duplicate, Values
from arkrun_cli.manifests.yaml_nodes import parse_yaml

_KEY = re.compile(r'\.?([^.\[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_SEPARATOR = "---"
_LINE_SPACE = re.compile(r"[^\S\n]*\n?")


@dataclass(frozen=True, slots=True)
class Document:
    """One object: its value, the nodes that hold the positions, and the keys that are written twice."""

    value: Any
    node: Node
    duplicates: list[Duplicate] = field(default_factory=list)

    def position(self, path: str) -> tuple[int, int]:
        """Return line and column of a path such as `spec.pipeline[1].role` or its longest known prefix."""
        node = self.node
        line, column = node.line, node.column
        for plain, index, quoted in _KEY.findall(path):
            key, child = _child(node, plain or quoted, index)
            if child is None:
                break
            line, column, node = (key or child).line, (key or child).column, child
        return line, column


def read(file: Path) -> str:
    """Read a manifest, or stdin for `-`, in the encoding of its mark. Raises BadInputError.

    Bytes that are not UTF-8 become U+FFFD, as kubectl reads them.
    """
    data = read_bytes(file)
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8")
    return data.decode(encoding, errors="replace")


def documents(text: str) -> Iterator[Document]:
    """Yield the documents that are not empty. Raises ManifestError at the first that cannot be read."""
    if not text.lstrip().startswith("{"):
        yield from _yaml_documents(text, 1)
        return
    parser, count = JsonParser(text), 0
    while parser.skip_space():
        start = parser.position
        try:
            node = parser.parse()
        except ManifestError as error:
            # A few values may still be the start of YAML, in which braces are a flow mapping.
            if count > 1:
                raise
            yield from _yaml_rest(parser, start, error)
            return
        count += 1
        yield from _document(node)


def _yaml_rest(parser: JsonParser, start: int, error: ManifestError) -> Iterator[Document]:
    if space := _LINE_SPACE.match(parser.text, start):
        start = space.end()
    try:
        yield from _yaml_documents(parser.text[start:], parser.location(start)[0])
    except ManifestError:
        raise error from None


def _yaml_documents(text: str, first_line: int) -> Iterator[Document]:
    for chunk, line in _split(text, first_line):
        node = parse_yaml(chunk, line)
        if node is not None:
            yield from _document(node)


def _split(text: str, first_line: int) -> Iterator[tuple[str, int]]:
    """Yield each document with the number of its first line; they are split before they are parsed."""
    lines: list[str] = []
    start = first_line
    for number, line in enumerate(text.split("\n"), first_line):
        if line.startswith(_SEPARATOR):
            after = line[len(_SEPARATOR) :].strip()
            if after and not after.startswith("#"):
                raise ManifestError(f"invalid document separator: {line.strip()}", number, 1)
            if lines:
                yield "\n".join(lines), start
                lines, start = [], number + 1
                continue
        # A separator that nothing precedes is left to the parser.
        lines.append(line.removesuffix("\r"))
    yield "\n".join(lines), start


def _document(node: Node) -> Iterator[Document]:
    values = Values()
    value = values.of(node)
    if value is not None:
        yield Document(value, node, values.duplicates)


def _child(node: Node, name: str, index: str) -> tuple[Node | None, Node | None]:
    while isinstance(node, Alias):
        node = node.target
    if isinstance(node, Mapping):
        pairs = ((key, value) for key, value in reversed(node.pairs) if _spells(key, name or index))
        return next(pairs, (None, None))
    if isinstance(node, Sequence) and index and int(index) < len(node.items):
        return None, node.items[int(index)]
    return None, None


def _spells(key: Node, name: str) -> bool:
    return not isinstance(key, Mapping | Sequence | Alias) and key_text(key.value) == name
