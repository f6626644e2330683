"""What changed between two specs, as paths with their old and new values."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import count
from typing import Any

import jsonpatch
import jsonpointer
import msgspec
from msgspec import Raw

from arkrun_webhook.compare import equal, same
from arkrun_webhook.review import ABSENT, first_byte, raw

VALUE_LIMIT = 40
"""Characters of a value that a message shows; prompts are long and may be private."""

SHOWN = 10
"""Changes that a message lists before it only counts."""

_members = msgspec.json.Decoder(dict[str, Raw]).decode
_items = msgspec.json.Decoder(list[Raw]).decode
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_PRIVATE = re.compile(
    r"secret|token(?!s)|password|credential|authorization|api_?key|headers|\benv", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Change:
    """One path with what it held and holds; `ABSENT` where it was or is not there."""

    path: str
    before: Raw
    after: Raw

    def values(self) -> str:
        """Say the change without its path: `"a" -> "b"`, `added "b"`, `removed, was "a"`."""
        if self.before == ABSENT:
            return f"added {self.shown_after()}"
        if self.after == ABSENT:
            return f"removed, was {self.shown_before()}"
        return f"{self.shown_before()} -> {self.shown_after()}"

    def shown_before(self) -> str:
        """Cut the old value for a message, or hide it."""
        return self._shown(self.before)

    def shown_after(self) -> str:
        """Cut the new value for a message, or hide it."""
        return self._shown(self.after)

    def _shown(self, value: Raw) -> str:
        private = first_byte(value) in (b'"', b"{", b"[") and _PRIVATE.search(self.path)
        return "(hidden)" if private else shown(value)


def shown(value: Raw) -> str:
    """Cut a JSON value for a message; what cannot be printed becomes a question mark."""
    text = bytes(memoryview(value)[: VALUE_LIMIT * 4]).decode(errors="replace")
    if not text.isprintable():
        text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= VALUE_LIMIT else f"{text[: VALUE_LIMIT - 1]}…"


def changes(before: Raw, after: Raw, path: str) -> list[Change]:
    """List what differs, in the order of the old object, then what was added.

    Only what differs is decoded: spans that are the same bytes are passed over. Raises
    msgspec.MsgspecError and the like when a span is not JSON.
    """
    if before == after:
        return []
    kinds = first_byte(before), first_byte(after)
    if kinds == (b"{", b"{"):
        return _in_objects(before, after, path)
    if kinds == (b"[", b"["):
        return _in_lists(before, after, path)
    return [] if same(before, after) else [Change(path, before, after)]


def member(path: str, key: str | int) -> str:
    """Extend a field path by a key or an index."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if _PLAIN_KEY.fullmatch(key) else f"{path}[{json.dumps(key)}]"


def _in_objects(before: Raw, after: Raw, path: str) -> list[Change]:
    old, new = _members(before), _members(after)
    found: list[Change] = []
    for key in [*old, *(key for key in new if key not in old)]:
        found += changes(old.get(key, ABSENT), new.get(key, ABSENT), member(path, key))
    return found


def _in_lists(before: Raw, after: Raw, path: str) -> list[Change]:
    old, new = _items(before), _items(after)
    if len(old) != len(new):
        return _by_patch(before, after, path)
    pairs = zip(count(), old, new)  # count() has no end
    return [change for index, a, b in pairs for change in changes(a, b, member(path, index))]


def _by_patch(before: Raw, after: Raw, path: str) -> list[Change]:
    """Items came or went: jsonpatch finds which, so the rest is not reported as moved along."""
    document, target = msgspec.json.decode(before), msgspec.json.decode(after)
    found = []
    for operation in jsonpatch.make_patch(document, target):
        found += _step(document, operation, path)
        document = jsonpatch.apply_patch(document, [operation], in_place=True)
    return found


def _step(document: Any, operation: dict[str, Any], path: str) -> list[Change]:
    pointer = jsonpointer.JsonPointer(operation["path"])
    where = path
    for part in pointer.parts:
        where = member(where, int(part) if part.isdigit() else part)
    held = _at(document, operation)
    value = operation.get("value", held)
    if operation["op"] == "replace" and equal(held, value):  # jsonpatch tells 1 from 1.0, we do not
        return []
    if operation["op"] == "move":
        source = jsonpointer.JsonPointer(operation["from"])
        return [Change(where, raw(f"moved from {source.path}"), raw(value))]
    old = ABSENT if operation["op"] == "add" else raw(held)
    return [Change(where, old, ABSENT if operation["op"] == "remove" else raw(value))]


def _at(document: Any, operation: dict[str, Any]) -> Any:
    if operation["op"] == "add":
        return None
    return jsonpointer.resolve_pointer(document, operation.get("from", operation["path"]))
