"""What changed between two specs, as paths with their old and new values."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice, zip_longest
from typing import Any

import jsonpatch
import jsonpointer
import msgspec
from msgspec import Raw, Struct

from arkrun_crd.rules.field_path import member
from arkrun_webhook.compare.equality import equal, same
from arkrun_webhook.compare.excerpt import excerpt_at, excerpts
from arkrun_webhook.compare.raw_json import ABSENT, first_byte, items, members, raw

SHOWN = 10
"""Changes that a message lists before it only counts."""

MOST = 1000
"""Changes that are looked for; a hostile update must not keep others waiting while it is counted."""

PATH_LIMIT = 400
"""Characters of a path below which nothing is told apart any more."""

PATCH_LIMIT = 16 * 1024
"""Bytes of two lists up to which jsonpatch is asked; its time grows with the square of what differs."""

_NESTED = (b"{", b"[")


class Change(Struct, frozen=True):
    """One path with what it held and holds; `ABSENT` where it was or is not there."""

    path: str
    before: Raw
    after: Raw

    def values(self) -> str:
        """Describe the change without its path: `"a" -> "b"`, `added "b"`, `removed, was "a"`."""
        if self.before == ABSENT:
            return f"added {excerpt_at(self.path, self.after)}"
        if self.after == ABSENT:
            return f"removed, was {excerpt_at(self.path, self.before)}"
        return " -> ".join(excerpts(self.path, self.before, self.after))


def changes(before: Raw, after: Raw, path: str) -> list[Change]:
    """List what differs, in the order of the old object, then what was added; at most `MOST` changes.

    Only what differs is decoded: spans that are the same bytes are passed over. Raises
    msgspec.MsgspecError and the like when a span is not JSON.
    """
    found: list[Change] = []
    if before != after:
        _compare(before, after, path, found)
    return found[:MOST]


def _compare(before: Raw, after: Raw, path: str, found: list[Change]) -> None:
    kind = first_byte(before)
    if kind not in _NESTED or kind != first_byte(after) or len(path) >= PATH_LIMIT:
        if not same(before, after):
            found.append(Change(path, before, after))
    elif kind == b"{":
        _compare_objects(members(before), members(after), path, found)
    else:
        _compare_lists(before, after, path, found)


def _compare_objects(old: dict[str, Raw], new: dict[str, Raw], path: str, found: list[Change]) -> None:
    for key in chain(old, (key for key in new if key not in old)):
        before, after = old.get(key, ABSENT), new.get(key, ABSENT)
        if before != after and len(found) < MOST:
            _compare(before, after, member(path, key), found)


def _compare_lists(before: Raw, after: Raw, path: str, found: list[Change]) -> None:
    old, new = items(before), items(after)
    if len(old) != len(new):
        if len(before) + len(after) <= PATCH_LIMIT:
            found.extend(islice(_by_patch(before, after, path), MOST))
            return
        while old and new and old[-1] == new[-1]:  # so an item that came or went stands alone
            old.pop()
            new.pop()
    for index, (one, other) in enumerate(zip_longest(old, new, fillvalue=ABSENT)):
        if one != other and len(found) < MOST:
            _compare(one, other, member(path, index), found)


def _by_patch(before: Raw, after: Raw, path: str) -> Iterator[Change]:
    """Items came or went: jsonpatch finds which, so the rest is not reported as moved along."""
    document, target = msgspec.json.decode(before), msgspec.json.decode(after)
    for operation in jsonpatch.make_patch(document, target):
        held, parts = _at(document, operation), jsonpointer.JsonPointer(operation["path"]).parts
        gone = _path(path, document, parts) if operation["op"] == "remove" else ""
        document = jsonpatch.apply_patch(document, [operation], in_place=True)
        yield from _step(operation, held, gone or _path(path, document, parts))


def _step(operation: dict[str, Any], held: Any, where: str) -> list[Change]:
    value = operation.get("value", held)
    if operation["op"] == "replace" and equal(held, value):  # jsonpatch tells 1 from 1.0, we do not
        return []
    if operation["op"] == "move":
        source = jsonpointer.JsonPointer(operation["from"])
        return [Change(where, raw(f"moved from {source.path}"), raw(value))]
    old = ABSENT if operation["op"] == "add" else raw(held)
    return [Change(where, old, ABSENT if operation["op"] == "remove" else raw(value))]


def _path(path: str, holder: Any, parts: list[str]) -> str:
    """Follow a JSON pointer, which tells an index from a key by what holds it (RFC 6901, 4)."""
    for part in parts:
        if isinstance(holder, list):
            path, holder = member(path, int(part)), holder[int(part)]
        else:
            path, holder = member(path, part), holder[part]
    return path


def _at(document: Any, operation: dict[str, Any]) -> Any:
    if operation["op"] == "add":
        return None
    return jsonpointer.resolve_pointer(document, operation.get("from", operation["path"]))
