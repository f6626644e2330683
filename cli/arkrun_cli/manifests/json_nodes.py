"""A JSON value as nodes, by the grammar of RFC 8259."""

from __future__ import annotations

import json
import re
from bisect import bisect_right

from arkrun_cli.manifests.node import MAX_DEPTH, ManifestError, Mapping, Node, Scalar, Sequence

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)
_LITERALS = {"true": True, "false": False, "null": None}


class JsonParser:
    """Parses one value after another from a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self._lines = [0, *(newline.end() for newline in re.finditer("\n", text))]

    def skip_space(self) -> bool:
        """Skip white space; return True if there is something left."""
        match = _SPACE.match(self.text, self.position)
        self.position = match.end() if match else self.position
        return self.position < len(self.text)

    def parse(self, depth: int = 0) -> Node:
        """Parse the value at the position. Raises ManifestError."""
        self.skip_space()
        if depth > MAX_DEPTH:
            raise self._error(f"nested more than {MAX_DEPTH} levels deep")
        character = self.text[self.position : self.position + 1]
        if character == "{":
            return self._object(depth)
        if character == "[":
            return self._array(depth)
        return self._string() if character == '"' else self._literal()

    def location(self, position: int) -> tuple[int, int]:
        """Return line and column of a position, which count from 1."""
        line = bisect_right(self._lines, position)
        return line, position - self._lines[line - 1] + 1

    def _object(self, depth: int) -> Mapping:
        node = Mapping(*self.location(self.position))
        self.position += 1
        while self._has_next(node.pairs, "}"):
            key = self._string()
            self._expect(":")
            node.pairs.append((key, self.parse(depth + 1)))
        return node

    def _array(self, depth: int) -> Sequence:
        node = Sequence(*self.location(self.position))
        self.position += 1
        while self._has_next(node.items, "]"):
            node.items.append(self.parse(depth + 1))
        return node

    def _has_next(self, before: list[tuple[Node, Node]] | list[Node], end: str) -> bool:
        """Skip the comma before the next member; return False after the closing bracket."""
        self.skip_space()
        if self.text[self.position : self.position + 1] == end:
            self.position += 1
            return False
        if before:
            self._expect(",")
        self.skip_space()
        return True

    def _expect(self, character: str) -> None:
        self.skip_space()
        if self.text[self.position : self.position + 1] != character:
            raise self._error(f'expected "{character}"')
        self.position += 1

    def _string(self) -> Scalar:
        match = _STRING.match(self.text, self.position)
        if match is None:
            raise self._error("expected a string in double quotes")
        node = Scalar(*self.location(self.position), _unescape(match[0]))
        self.position = match.end()
        return node

    def _literal(self) -> Scalar:
        for word, value in _LITERALS.items():
            if self.text.startswith(word, self.position):
                node = Scalar(*self.location(self.position), value)
                self.position += len(word)
                return node
        match = _NUMBER.match(self.text, self.position)
        if match is None:
            raise self._error("expected a value")
        node = Scalar(*self.location(self.position), self._number(match))
        self.position = match.end()
        return node

    def _number(self, match: re.Match[str]) -> float | int:
        if not match[1] and not match[2] and len(match[0]) < 20:  # noqa: PLR2004 - more than 64 bits have
            return int(match[0])
        value = float(match[0])
        if abs(value) == float("inf"):
            raise self._error(f"the number {match[0]} is too large")
        return value

    def _error(self, message: str) -> ManifestError:
        return ManifestError(f"invalid JSON: {message}", *self.location(self.position))


def _unescape(text: str) -> str:
    """Decode a string; half of a surrogate pair becomes U+FFFD, as Go has it."""
    value = str(json.loads(text))
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
