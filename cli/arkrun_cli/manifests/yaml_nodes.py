"""A YAML document as nodes: the events of libyaml, whose port kubectl has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from arkrun_cli.manifests.node import MAX_DEPTH, Alias, ManifestError, Mapping, Node, Scalar, Sequence
from arkrun_cli.manifests.scalars import PREFIX, resolve

# kubectl's parser knows this escape, libyaml does not.
_ESCAPED_QUOTE = r"\'"
_ESCAPE = re.compile(r"\\.", re.DOTALL)
_REST_OF_STRING = re.compile(r'(?:[^"\\]|\\.)*', re.DOTALL)
# libyaml skips a byte order mark, kubectl's parser reads it as a character.
_BOM_AFTER_NEWLINE = "\n\ufeff"
# kubectl's parser knows no escaped slash.
_ESCAPED_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")

# PyYAML's own parser, where it was built without libyaml, refuses some tabs that kubectl takes.
_Parser: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def parse_yaml(text: str, first_line: int) -> Node | None:
    """Return the first document of the text, whose first line is `first_line`; None if there is none.

    What follows the end of that document is not read. Raises ManifestError.
    """
    text = text.removeprefix("\ufeff")
    if (position := text.find(_BOM_AFTER_NEWLINE)) >= 0:
        line = first_line + text.count("\n", 0, position) + 1
        raise ManifestError("a byte order mark inside of a document", line, 1)
    while True:
        try:
            return _compose(text, first_line)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            if mark is None or not text.startswith(_ESCAPED_QUOTE, mark.index):
                line, column = (first_line + mark.line, mark.column + 1) if mark else (first_line, 1)
                raise ManifestError(error.problem or str(error), line, column) from None
            text = _with_known_escapes(text, mark.index)
        except yaml.YAMLError as error:
            raise ManifestError(str(error).splitlines()[0], first_line, 1) from None


def _compose(text: str, first_line: int) -> Node | None:
    composer = _Composer(text, first_line)
    for event in _events(text):
        if isinstance(event, DocumentEndEvent):
            return composer.root
        composer.add(event)
    return None


def _with_known_escapes(text: str, start: int) -> str:
    r"""Replace each `\'` from `start` to the end of a double-quoted string with an escape of libyaml."""
    rest = _REST_OF_STRING.match(text, start)
    end = rest.end() if rest else len(text)
    known = _ESCAPE.sub(lambda match: r"\x27" if match[0] == _ESCAPED_QUOTE else match[0], text[start:end])
    return text[:start] + known + text[end:]


def _events(text: str) -> Iterator[Event]:
    parser = _Parser(text)
    while parser.check_event():
        yield parser.get_event()


class _Composer:
    """Builds nodes from events, without recursion."""

    def __init__(self, text: str, first_line: int) -> None:
        self.root: Node | None = None
        self._text = text
        self._first_line = first_line
        self._flow_depth = 0
        self._anchors: dict[str, Node] = {}
        self._open: list[Sequence | Mapping] = []
        self._keys: list[Node | None] = []

    def add(self, event: Event) -> None:
        if isinstance(event, MappingEndEvent | SequenceEndEvent):
            self._open.pop()
            self._keys.pop()
            self._flow_depth -= bool(self._flow_depth)
            return
        if not isinstance(event, ScalarEvent | AliasEvent | MappingStartEvent | SequenceStartEvent):
            return
        node = self._node(event)
        self._attach(node)
        if isinstance(node, Mapping | Sequence):
            if len(self._open) == MAX_DEPTH:
                raise ManifestError(f"nested more than {MAX_DEPTH} levels deep", node.line, node.column)
            self._open.append(node)
            self._keys.append(None)
            # Only flow collections are inside of flow collections.
            self._flow_depth += bool(getattr(event, "flow_style", False) or self._flow_depth)

    def _node(self, event: ScalarEvent | AliasEvent | MappingStartEvent | SequenceStartEvent) -> Node:
        mark = event.start_mark
        line, column = (self._first_line + mark.line, mark.column + 1) if mark else (self._first_line, 1)
        node: Node
        if isinstance(event, AliasEvent):
            if event.anchor not in self._anchors:
                raise ManifestError(f'unknown anchor "{event.anchor}"', line, column)
            return Alias(line, column, self._anchors[event.anchor])
        if isinstance(event, ScalarEvent):
            self._check_scalar(event, line, column)
            node = _scalar(event, line, column)
        else:
            node = Mapping(line, column) if isinstance(event, MappingStartEvent) else Sequence(line, column)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _check_scalar(self, event: ScalarEvent, line: int, column: int) -> None:
        """Raise ManifestError for what libyaml takes, and its older port in kubectl does not."""
        if self._flow_depth and not event.style and "?" in event.value:
            raise ManifestError('"?" in a flow mapping or sequence: quote the text', line, column)
        if event.style == '"' and "/" in event.value and event.start_mark and event.end_mark:
            written = self._text[event.start_mark.index : event.end_mark.index]
            if _ESCAPED_SLASH.search(written):
                raise ManifestError(r'unknown escape "\/": write "/"', line, column)

    def _attach(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif (key := self._keys[-1]) is None:
            self._keys[-1] = node
        else:
            parent.pairs.append((key, node))
            self._keys[-1] = None


def _scalar(event: ScalarEvent, line: int, column: int) -> Scalar:
    is_plain = event.style is None or event.style == ""
    tag = None if event.tag in (None, "") else event.tag
    is_merge = event.value == "<<" and (tag == f"{PREFIX}merge" or (tag is None and is_plain))
    try:
        return Scalar(line, column, resolve(event.value, tag, is_plain=is_plain), is_merge)
    except ValueError as error:
        raise ManifestError(str(error), line, column) from None
