"""Two schemas, node by node."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crd_gen.diff.change import Weight
from crd_gen.diff.node import PRESERVE, Said, own_changes

Schema = dict[str, Any]
Placed = tuple[str, Said]


def schema_changes(old: Schema, new: Schema, path: str = "") -> Iterator[Placed]:
    """Give every change of a schema with the path of its field."""
    for said in own_changes(old, new):
        yield path, said
    yield from _fields(old, new, path)
    for word, mark in (("items", "[]"), ("additionalProperties", "{}")):
        before, after = old.get(word), new.get(word)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from schema_changes(before, after, path + mark)
        elif before != after and word == "additionalProperties":
            yield path, _map(before, after, new)


def _fields(old: Schema, new: Schema, path: str) -> Iterator[Placed]:
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in sorted(before.keys() | after.keys()):
        below = f"{path}.{name}" if path else name
        if name not in after:
            yield below, _removed(before[name], new, after.keys() - before.keys())
        elif name not in before:
            yield from ((below, said) for said in _added(name, after[name], old, new))
        else:
            yield from schema_changes(before[name], after[name], below)
            yield from ((below, said) for said in _required(name, old, new))


def _removed(field: Schema, new: Schema, fresh: set[str]) -> Said:
    if new.get(PRESERVE):
        return Weight.LOOSENING, "field-unlisted", "the field is no longer checked, but still kept"
    twins = [name for name in sorted(fresh) if _shape(new["properties"][name]) == _shape(field)]
    hint = f" (renamed to {twins[0]!r}?)" if twins else ""
    return Weight.BREAKING, "field-removed", f"the field is gone, and its data is dropped{hint}"


def _shape(schema: Schema) -> Schema:
    return {word: value for word, value in schema.items() if word != "description"}


def _added(name: str, field: Schema, old: Schema, new: Schema) -> Iterator[Said]:
    if name in new.get("required", ()) and "default" not in field:
        yield Weight.BREAKING, "required-field-added", "the field is new and required"
    elif old.get(PRESERVE):
        yield Weight.RATCHETED, "field-listed", "the field was kept unchecked, and is checked now"
    else:
        yield Weight.SAFE, "field-added", "the field is new and optional"


def _required(name: str, old: Schema, new: Schema) -> Iterator[Said]:
    before, after = name in old.get("required", ()), name in new.get("required", ())
    if after and not before:
        if "default" in new["properties"][name]:
            yield Weight.SAFE, "required-with-default", "the field is required and has a default"
        else:
            yield Weight.BREAKING, "required-added", "the field is required now"
    if before and not after:
        yield Weight.LOOSENING, "required-removed", "the field may be absent now"


def _map(before: Any, after: Any, new: Schema) -> Said:
    if after is None and not new.get(PRESERVE):
        return Weight.BREAKING, "map-removed", "other keys are dropped now"
    if before is None:
        return Weight.TIGHTENING, "map-added", "other keys are checked now"
    return Weight.LOOSENING, "map-opened", "other keys are kept unchecked now"
