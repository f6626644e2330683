"""The recursive comparison of two schemas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crd_gen.diff.change import Weight
from crd_gen.diff.keywords import Detail, own_changes
from crd_gen.keywords import PRESERVE_UNKNOWN, Schema

FieldChange = tuple[str, Detail]
"""The path of a field and its change."""


def schema_changes(old: Schema, new: Schema, path: str = "") -> Iterator[FieldChange]:
    """Yield every change of a schema."""
    for detail in own_changes(old, new):
        yield path, detail
    yield from _fields(old, new, path)
    for word, mark in (("items", "[]"), ("additionalProperties", "{}")):
        before, after = old.get(word), new.get(word)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from schema_changes(before, after, path + mark)
        elif before != after and word == "additionalProperties":
            yield path, _map(before, after, old, new)
        elif before != after:
            yield path, _items(before)


def _fields(old: Schema, new: Schema, path: str) -> Iterator[FieldChange]:
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in sorted(before.keys() | after.keys()):
        below = f"{path}.{name}" if path else name
        if name not in after and isinstance(new.get("additionalProperties"), dict):
            yield from schema_changes(before[name], new["additionalProperties"], below)
        elif name not in after:
            yield below, _removed(before[name], new, after.keys() - before.keys())
        elif name not in before:
            yield from ((below, detail) for detail in _added(name, after[name], old, new))
        else:
            yield from schema_changes(before[name], after[name], below)
            yield from ((below, detail) for detail in _required(name, old, new))


def _removed(field: Schema, new: Schema, added: set[str]) -> Detail:
    if new.get(PRESERVE_UNKNOWN):
        return Weight.LOOSENING, "field-unlisted", "field no longer validated, but still preserved"
    if new.get("additionalProperties") is True and not _has_content(field):
        return Weight.LOOSENING, "field-unlisted", "field no longer validated, but still stored"
    same = [name for name in sorted(added) if _undocumented(new["properties"][name]) == _undocumented(field)]
    hint = f" (renamed to {same[0]!r}?)" if same else ""
    return Weight.BREAKING, "field-removed", f"field removed, and its data is pruned{hint}"


def _undocumented(schema: Schema) -> Schema:
    return {word: value for word, value in schema.items() if word != "description"}


def _added(name: str, field: Schema, old: Schema, new: Schema) -> Iterator[Detail]:
    if name in new.get("required", ()) and "default" not in field:
        yield Weight.BREAKING, "required-field-added", "required field added"
    elif old.get(PRESERVE_UNKNOWN) or old.get("additionalProperties") is True:
        yield Weight.RATCHETED, "field-listed", "preserved field is now validated"
    else:
        yield Weight.SAFE, "field-added", "optional field added"


def _required(name: str, old: Schema, new: Schema) -> Iterator[Detail]:
    before, after = name in old.get("required", ()), name in new.get("required", ())
    if after and not before:
        if "default" in new["properties"][name]:
            yield Weight.SAFE, "required-with-default", "field is now required, with a default"
        else:
            yield Weight.BREAKING, "required-added", "field is now required"
    # With a default, a field is never absent when the server looks for it.
    if before and not after and not all("default" in side["properties"][name] for side in (old, new)):
        yield Weight.LOOSENING, "required-removed", "field is now optional"


def _has_content(schema: Schema) -> bool:
    return schema.get("type") in ("object", "array") or bool(schema.get(PRESERVE_UNKNOWN))


def _items(before: Any) -> Detail:
    if before is None:
        return Weight.TIGHTENING, "items-added", "items are now validated"
    return Weight.LOOSENING, "items-removed", "items are no longer validated"


def _map(before: Any, after: Any, old: Schema, new: Schema) -> Detail:
    if after is None and not new.get(PRESERVE_UNKNOWN):
        return Weight.BREAKING, "map-removed", "additional keys are now pruned"
    if after is None:
        return Weight.LOOSENING, "map-opened", "additional keys are no longer validated"
    if after is True:
        # The server keeps such keys, but what is in their objects is pruned.
        if old.get(PRESERVE_UNKNOWN) or (before is not None and _has_content(before)):
            return Weight.BREAKING, "map-opened", "the content of objects in additional keys is now pruned"
        return Weight.LOOSENING, "map-opened", "additional keys are now stored without being validated"
    return Weight.TIGHTENING, "map-added", "additional keys are now validated"
