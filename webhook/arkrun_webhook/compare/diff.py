"""The differences of two JSON values, as field paths with old and new values."""

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

LISTED_CHANGES = 10
"""Maximum number of changes that are listed in a message."""

CHANGE_LIMIT = 1000
"""Maximum number of changes that are searched for, which bounds the time that a hostile update takes."""

PATH_LIMIT = 400
"""Length of a path, in characters, at which values are no longer compared member by member."""

PATCH_LIMIT = 16 * 1024
"""Maximum size of two lists, in bytes, for jsonpatch, whose time is quadratic in the differences."""

_NESTED = (b"{", b"[")


class Change(Struct, frozen=True):
    """A path that changed, with its old and new value; `ABSENT` for no value."""

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
    """Return the first CHANGE_LIMIT differences, in the order of the old value and then additions.

    Identical bytes are not decoded. Raises one of `raw_json.BAD_JSON` if a value is not JSON.
    """
    result: list[Change] = []
    if before != after:
        _compare(before, after, path, result)
    return result[:CHANGE_LIMIT]


def _compare(before: Raw, after: Raw, path: str, result: list[Change]) -> None:
    kind = first_byte(before)
    if kind not in _NESTED or kind != first_byte(after) or len(path) >= PATH_LIMIT:
        if not same(before, after):
            result.append(Change(path, before, after))
    elif kind == b"{":
        _compare_objects(members(before), members(after), path, result)
    else:
        _compare_lists(before, after, path, result)


def _compare_objects(old: dict[str, Raw], new: dict[str, Raw], path: str, result: list[Change]) -> None:
    for key in chain(old, (key for key in new if key not in old)):
        before, after = old.get(key, ABSENT), new.get(key, ABSENT)
        if before != after and len(result) < CHANGE_LIMIT:
            _compare(before, after, member(path, key), result)


def _compare_lists(before: Raw, after: Raw, path: str, result: list[Change]) -> None:
    old, new = items(before), items(after)
    if len(old) != len(new):
        if len(before) + len(after) <= PATCH_LIMIT:
            result.extend(islice(_by_patch(before, after, path), CHANGE_LIMIT))
            return
        while old and new and old[-1] == new[-1]:  # report an added or removed item alone
            old.pop()
            new.pop()
    for index, (left, right) in enumerate(zip_longest(old, new, fillvalue=ABSENT)):
        if left != right and len(result) < CHANGE_LIMIT:
            _compare(left, right, member(path, index), result)


def _by_patch(before: Raw, after: Raw, path: str) -> Iterator[Change]:
    """Find the added and removed items, so that items that only moved along are not reported."""
    document, target = msgspec.json.decode(before), msgspec.json.decode(after)
    for operation in jsonpatch.make_patch(document, target):
        old, parts = _old_value(document, operation), jsonpointer.JsonPointer(operation["path"]).parts
        removed = _path(path, document, parts) if operation["op"] == "remove" else ""
        document = jsonpatch.apply_patch(document, [operation], in_place=True)
        yield from _to_changes(operation, old, removed or _path(path, document, parts))


def _to_changes(operation: dict[str, Any], old: Any, path: str) -> list[Change]:
    new = operation.get("value", old)
    if operation["op"] == "replace" and equal(old, new):  # jsonpatch distinguishes 1 from 1.0
        return []
    if operation["op"] == "move":
        source = jsonpointer.JsonPointer(operation["from"])
        return [Change(path, raw(f"moved from {source.path}"), raw(new))]
    before = ABSENT if operation["op"] == "add" else raw(old)
    return [Change(path, before, ABSENT if operation["op"] == "remove" else raw(new))]


def _path(path: str, holder: Any, parts: list[str]) -> str:
    """Convert a JSON pointer to a field path; the document tells indexes from keys (RFC 6901, 4)."""
    for part in parts:
        if isinstance(holder, list):
            path, holder = member(path, int(part)), holder[int(part)]
        else:
            path, holder = member(path, part), holder[part]
    return path


def _old_value(document: Any, operation: dict[str, Any]) -> Any:
    if operation["op"] == "add":
        return None
    return jsonpointer.resolve_pointer(document, operation.get("from", operation["path"]))
