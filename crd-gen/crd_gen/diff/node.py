"""One node of a schema, before and after: what its own words say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crd_gen.cel.errors import CelError
from crd_gen.cel.expression import parse
from crd_gen.cel.syntax import uses
from crd_gen.diff.change import Weight

Schema = dict[str, Any]
Said = tuple[Weight, str, str]
"""Weight, code and text of a change, its place left to the caller."""

LOOSENING, RATCHETED, TIGHTENING, BREAKING = (
    Weight.LOOSENING,
    Weight.RATCHETED,
    Weight.TIGHTENING,
    Weight.BREAKING,
)
UPPER = ("maximum", "maxLength", "maxItems", "maxProperties")
LOWER = ("minimum", "minLength", "minItems", "minProperties")
EXCLUSIVE = ("exclusiveMaximum", "exclusiveMinimum")
WORDS = ("description", "title", "example", "externalDocs")
PRESERVE, INT_OR_STRING = "x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string"
SHOWN = 72
LOGIC = ("allOf", "anyOf", "oneOf", "not")
# Judged elsewhere: below, by their own functions.
ELSEWHERE = {
    *("properties", "items", "additionalProperties", "required", "type", "enum", "default", "nullable"),
    *("pattern", "format", "x-kubernetes-validations", "x-kubernetes-list-type", "x-kubernetes-map-type"),
    *("x-kubernetes-list-map-keys", PRESERVE, INT_OR_STRING, "multipleOf"),
    *(*UPPER, *LOWER, *EXCLUSIVE, *WORDS, *LOGIC),
}


def own_changes(old: Schema, new: Schema) -> Iterator[Said]:
    """Compare the words of one node; fields, items and values are the caller's."""
    for judge in (_type, _bounds, _enum, _texts, _default, _null, _merging, _pruning, _logic, _rules, _rest):
        yield from judge(old, new)


def _type(old: Schema, new: Schema) -> Iterator[Said]:
    before, after = _kind(old), _kind(new)
    if before == after:
        return
    widened = (before, after) == ("integer", "number") or (
        after == "int-or-string" and before in ("integer", "string")
    )
    if widened or after == "any":
        yield LOOSENING, "type-widened", f"type {before} became {after}"
    else:
        yield BREAKING, "type-changed", f"type {before} became {after}"


def _kind(schema: Schema) -> str:
    if schema.get(INT_OR_STRING):
        return "int-or-string"
    return str(schema.get("type") or "any")


def _bounds(old: Schema, new: Schema) -> Iterator[Said]:
    for word in (*UPPER, *LOWER):
        before, after = old.get(word), new.get(word)
        if before == after:
            continue
        sign = 1 if word in UPPER else -1
        if before is None:
            yield RATCHETED, "bound-added", f"{word} {after} is new"
        elif after is None:
            yield LOOSENING, "bound-removed", f"{word} {before} is gone"
        elif (before - after) * sign > 0:
            yield RATCHETED, "bound-tightened", f"{word} {before} became {after}"
        else:
            yield LOOSENING, "bound-loosened", f"{word} {before} became {after}"
    for word in EXCLUSIVE:
        if bool(old.get(word)) != bool(new.get(word)):
            code = "bound-tightened" if new.get(word) else "bound-loosened"
            said = "the bound itself is no longer legal" if new.get(word) else "the bound itself is legal now"
            yield RATCHETED if new.get(word) else LOOSENING, code, f"{word}: {said}"
    yield from _multiple(old.get("multipleOf"), new.get("multipleOf"))


def _multiple(before: float | None, after: float | None) -> Iterator[Said]:
    if before == after:
        return
    if after is None:
        yield LOOSENING, "bound-removed", f"multipleOf {before} is gone"
    elif before is not None and before % after == 0:
        yield LOOSENING, "bound-loosened", f"multipleOf {before} became {after}"
    else:
        said = f"multipleOf {after} is new" if before is None else f"multipleOf {before} became {after}"
        yield RATCHETED, "bound-added" if before is None else "bound-tightened", said


def _enum(old: Schema, new: Schema) -> Iterator[Said]:
    before, after = old.get("enum"), new.get("enum")
    if before is None and after is not None:
        yield RATCHETED, "enum-added", f"only {after} is legal now"
    elif before is not None and after is None:
        yield LOOSENING, "enum-removed", f"any value is legal now, not only {before}"
    for value in before or ():
        if after is not None and value not in after:
            yield RATCHETED, "enum-value-removed", f"{value!r} is no legal value any more"
    for value in after or ():
        if before is not None and value not in before:
            yield LOOSENING, "enum-value-added", f"{value!r} is a legal value now"


def _texts(old: Schema, new: Schema) -> Iterator[Said]:
    for word in ("pattern", "format"):
        before, after = old.get(word), new.get(word)
        if before == after:
            continue
        if after is None:
            yield LOOSENING, f"{word}-removed", f"{word} {before!r} is gone"
        else:
            said = f"{word} {after!r} is new" if before is None else f"{word} {before!r} became {after!r}"
            yield RATCHETED, f"{word}-changed", said
    if any(old.get(word) != new.get(word) for word in WORDS):
        yield Weight.SAFE, "words", "the description changed"


def _default(old: Schema, new: Schema) -> Iterator[Said]:
    if old.get("default") == new.get("default"):
        return
    if "default" not in old:
        yield LOOSENING, "default-added", f"absent reads as {new['default']!r} now"
    elif "default" not in new:
        yield BREAKING, "default-removed", f"absent no longer reads as {old['default']!r}"
    else:
        yield BREAKING, "default-changed", f"absent reads as {new['default']!r}, not as {old['default']!r}"


def _null(old: Schema, new: Schema) -> Iterator[Said]:
    before, after = bool(old.get("nullable")), bool(new.get("nullable"))
    if before and not after:
        yield TIGHTENING, "nullable-removed", "null is dropped or refused now"
    if after and not before:
        yield LOOSENING, "nullable-added", "null is a value now"


def _merging(old: Schema, new: Schema) -> Iterator[Said]:
    for word, usual in (("list-type", "atomic"), ("map-type", "granular")):
        key = f"x-kubernetes-{word}"
        before, after = old.get(key, usual), new.get(key, usual)
        if before != after:
            said = f"server-side apply merges {after}, not {before}"
            yield BREAKING, f"{word}-changed", said
    before, after = (schema.get("x-kubernetes-list-map-keys", []) for schema in (old, new))
    if before != after and before and after:
        yield BREAKING, "map-keys-changed", f"items are told apart by {after}, not by {before}"


def _pruning(old: Schema, new: Schema) -> Iterator[Said]:
    before, after = bool(old.get(PRESERVE)), bool(new.get(PRESERVE))
    if before and not after and not isinstance(new.get("additionalProperties"), dict):
        yield BREAKING, "pruning-turned-on", "unknown fields that were kept are dropped now"
    if after and not before:
        yield LOOSENING, "pruning-turned-off", "unknown fields are kept now"


def _logic(old: Schema, new: Schema) -> Iterator[Said]:
    for word in LOGIC:
        before, after = old.get(word), new.get(word)
        if before == after:
            continue
        if before is None:
            yield TIGHTENING, "logic-added", f"{word} is new"
        elif after is None:
            yield LOOSENING, "logic-removed", f"{word} is gone"
        else:
            yield TIGHTENING, "logic-changed", f"{word} changed, and what it accepts cannot be compared"


def _rules(old: Schema, new: Schema) -> Iterator[Said]:
    before, after = _by_text(old), _by_text(new)
    for text in sorted(before.keys() - after.keys()):
        yield LOOSENING, "rule-removed", f"rule {_short(text)} is gone"
    for text in sorted(after.keys() - before.keys()):
        if _is_transition(text):
            yield TIGHTENING, "rule-added", f"transition rule {_short(text)} is new: it binds every update"
        else:
            yield RATCHETED, "rule-added", f"rule {_short(text)} is new"
    for text in sorted(before.keys() & after.keys()):
        if bool(before[text].get("optionalOldSelf")) != bool(after[text].get("optionalOldSelf")):
            yield TIGHTENING, "rule-changed", f"rule {_short(text)} runs at creation too, or no longer"
        elif before[text] != after[text]:
            yield Weight.SAFE, "words", f"rule {_short(text)} says it in other words"


def _by_text(schema: Schema) -> dict[str, Schema]:
    return {" ".join(rule["rule"].split()): rule for rule in schema.get("x-kubernetes-validations", ())}


def _short(text: str) -> str:
    return repr(text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}...")


def _is_transition(text: str) -> bool:
    try:
        return uses(parse(text), "oldSelf")
    except CelError:
        return "oldSelf" in text


def _rest(old: Schema, new: Schema) -> Iterator[Said]:
    """Fail closed: a word that is not known here may mean anything."""
    for word in sorted((old.keys() | new.keys()) - ELSEWHERE):
        if old.get(word) != new.get(word):
            yield BREAKING, "unknown-change", f"{word} {old.get(word)!r} became {new.get(word)!r}"
