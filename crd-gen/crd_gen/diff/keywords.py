"""The comparison of the keywords of a schema, without its children."""

from __future__ import annotations

import json
from collections.abc import Iterator

from crd_gen.cel.ast import uses
from crd_gen.cel.lexer import one_line
from crd_gen.cel.parser import parse
from crd_gen.diff.change import Weight
from crd_gen.errors import CelError
from crd_gen.keywords import INT_OR_STRING, PRESERVE_UNKNOWN, VALIDATIONS, Schema
from crd_gen.manifests.normalize import NOT_RATCHETED

Detail = tuple[Weight, str, str]
"""Weight, code and text of a change."""

LOOSENING, RATCHETED, TIGHTENING, BREAKING = (
    Weight.LOOSENING,
    Weight.RATCHETED,
    Weight.TIGHTENING,
    Weight.BREAKING,
)
UPPER = ("maximum", "maxLength", "maxItems", "maxProperties")
LOWER = ("minimum", "minLength", "minItems", "minProperties")
EXCLUSIVE = ("exclusiveMaximum", "exclusiveMinimum")
DOCUMENTATION = ("description", "title", "example", "externalDocs")
SHOWN = 72
WIDER = (("int32", "int64"), ("float", "double"))
"""Formats of numbers of which the second accepts all that the first does."""
LOGIC = ("allOf", "anyOf", "oneOf", "not")
# Keywords with a comparison of their own.
COMPARED = {
    *("properties", "items", "additionalProperties", "required", "type", "enum", "default", "nullable"),
    *("pattern", "format", VALIDATIONS, "x-kubernetes-list-type", "x-kubernetes-map-type"),
    *("x-kubernetes-list-map-keys", PRESERVE_UNKNOWN, INT_OR_STRING, "multipleOf"),
    *(*UPPER, *LOWER, *EXCLUSIVE, *DOCUMENTATION, *LOGIC),
}


def own_changes(old: Schema, new: Schema) -> Iterator[Detail]:
    """Yield the changes of a schema's keywords, without those of its children."""
    for compare in (
        *(_type, _bounds, _enum, _strings, _documentation, _default, _nullable, _merging, _pruning, _logic),
        *(_rules, _unknown),
    ):
        for weight, code, text in compare(old, new):
            applies_to_all = weight is RATCHETED and new.get(NOT_RATCHETED)
            yield TIGHTENING if applies_to_all else weight, code, text


def _type(old: Schema, new: Schema) -> Iterator[Detail]:
    before, after = _kind(old), _kind(new)
    if before == after:
        return
    widened = (before, after) == ("integer", "number") or (
        after == "int-or-string" and before in ("integer", "string")
    )
    if widened or after == "any":
        yield LOOSENING, "type-widened", f"type changed from {before} to {after}"
    else:
        yield BREAKING, "type-changed", f"type changed from {before} to {after}"


def _kind(schema: Schema) -> str:
    # A type beside int-or-string still restricts the value.
    return str(schema.get("type") or ("int-or-string" if schema.get(INT_OR_STRING) else "any"))


def _bounds(old: Schema, new: Schema) -> Iterator[Detail]:
    for word in (*UPPER, *LOWER):
        before, after = old.get(word), new.get(word)
        flag = f"exclusive{word[0].upper()}{word[1:]}" if word in ("maximum", "minimum") else ""
        sides = [(value, bool(flag and schema.get(flag))) for value, schema in ((before, old), (after, new))]
        if sides[0] == sides[1] or all(_is_implied(word, bound, new) for bound in (before, after)):
            continue
        was, now = (_shown(*side) for side in sides)
        if before is None:
            yield RATCHETED, "bound-added", f"{word} {now} added"
        elif after is None:
            yield LOOSENING, "bound-removed", f"{word} {was} removed"
        else:
            sign = 1 if word in LOWER else -1
            tighter = (sign * after, sides[1][1]) > (sign * before, sides[0][1])
            weight, code = (RATCHETED, "bound-tightened") if tighter else (LOOSENING, "bound-loosened")
            yield weight, code, f"{word} changed from {was} to {now}"
    yield from _multiple(old.get("multipleOf"), new.get("multipleOf"))


def _is_implied(word: str, bound: int | None, schema: Schema) -> bool:
    """Return True if every value of an enumeration satisfies a bound on the length."""
    values = schema.get("enum")
    if not values or word not in ("minLength", "maxLength") or not all(isinstance(v, str) for v in values):
        return False
    lengths = [len(value) for value in values]
    return bound is None or (min(lengths) >= bound if word == "minLength" else max(lengths) <= bound)


def _shown(bound: float | None, exclusive: bool) -> str:
    return f"{bound} (exclusive)" if exclusive else f"{bound}"


def _multiple(before: float | None, after: float | None) -> Iterator[Detail]:
    if before == after:
        return
    if after is None:
        yield LOOSENING, "bound-removed", f"multipleOf {before} removed"
    elif before is not None and before % after == 0:
        yield LOOSENING, "bound-loosened", f"multipleOf changed from {before} to {after}"
    else:
        said = (
            f"multipleOf {after} added" if before is None else f"multipleOf changed from {before} to {after}"
        )
        yield RATCHETED, "bound-added" if before is None else "bound-tightened", said


def _enum(old: Schema, new: Schema) -> Iterator[Detail]:
    before, after = old.get("enum"), new.get("enum")
    if before is None and after is not None:
        yield RATCHETED, "enum-added", f"enum {after} added"
    elif before is not None and after is None:
        yield LOOSENING, "enum-removed", f"enum {before} removed"
    for value in before or ():
        if after is not None and value not in after:
            yield RATCHETED, "enum-value-removed", f"enum value {value!r} removed"
    for value in after or ():
        if before is not None and value not in before:
            yield LOOSENING, "enum-value-added", f"enum value {value!r} added"


def _strings(old: Schema, new: Schema) -> Iterator[Detail]:
    for word in ("pattern", "format"):
        before, after = old.get(word), new.get(word)
        if before == after:
            continue
        if after is None:
            yield LOOSENING, f"{word}-removed", f"{word} {before!r} removed"
        elif (before, after) in WIDER:
            yield LOOSENING, f"{word}-changed", f"{word} changed from {before!r} to {after!r}"
        else:
            said = (
                f"{word} {after!r} added"
                if before is None
                else f"{word} changed from {before!r} to {after!r}"
            )
            yield RATCHETED, f"{word}-changed", said


def _documentation(old: Schema, new: Schema) -> Iterator[Detail]:
    if any(old.get(word) != new.get(word) for word in DOCUMENTATION):
        yield Weight.SAFE, "words", "description changed"


def _default(old: Schema, new: Schema) -> Iterator[Detail]:
    if old.get("default") == new.get("default"):
        return
    if "default" not in old:
        yield LOOSENING, "default-added", f"default {new['default']!r} added"
    elif "default" not in new:
        yield BREAKING, "default-removed", f"default {old['default']!r} removed"
    else:
        yield BREAKING, "default-changed", f"default changed from {old['default']!r} to {new['default']!r}"


def _nullable(old: Schema, new: Schema) -> Iterator[Detail]:
    before, after = bool(old.get("nullable")), bool(new.get("nullable"))
    if before and not after:
        yield TIGHTENING, "nullable-removed", "null is now pruned or rejected"
    if after and not before:
        yield LOOSENING, "nullable-added", "null is now a valid value"


def _merging(old: Schema, new: Schema) -> Iterator[Detail]:
    for word, usual in (("list-type", "atomic"), ("map-type", "granular")):
        key = f"x-kubernetes-{word}"
        before, after = old.get(key, usual), new.get(key, usual)
        if before != after:
            said = f"{key} changed from {before} to {after}"
            yield BREAKING, f"{word}-changed", said
    before, after = (schema.get("x-kubernetes-list-map-keys", []) for schema in (old, new))
    if before != after and before and after:
        yield BREAKING, "map-keys-changed", f"list map keys changed from {before} to {after}"


def _pruning(old: Schema, new: Schema) -> Iterator[Detail]:
    before, after = bool(old.get(PRESERVE_UNKNOWN)), bool(new.get(PRESERVE_UNKNOWN))
    if before and not after and not isinstance(new.get("additionalProperties"), dict):
        yield BREAKING, "pruning-turned-on", "unknown fields are now pruned"
    if after and not before:
        yield LOOSENING, "pruning-turned-off", "unknown fields are now preserved"


def _logic(old: Schema, new: Schema) -> Iterator[Detail]:
    for word in LOGIC:
        before, after = old.get(word), new.get(word)
        if before == after:
            continue
        if before is None:
            yield TIGHTENING, "logic-added", f"{word} added"
        elif after is None:
            yield LOOSENING, "logic-removed", f"{word} removed"
        elif word in ("allOf", "anyOf"):
            yield from _branches(word, before, after)
        else:
            yield TIGHTENING, "logic-changed", f"{word} changed, and is not compared further"


def _branches(word: str, before: list[Schema], after: list[Schema]) -> Iterator[Detail]:
    """Yield the branches that came or went: each one of allOf restricts, each one of anyOf permits."""
    for branch in after:
        if branch not in before:
            weight = TIGHTENING if word == "allOf" else LOOSENING
            yield weight, "logic-changed", f"{word} has a new branch {_short(json.dumps(branch))}"
    for branch in before:
        if branch not in after:
            weight = LOOSENING if word == "allOf" else TIGHTENING
            yield weight, "logic-changed", f"{word} no longer has the branch {_short(json.dumps(branch))}"


def _rules(old: Schema, new: Schema) -> Iterator[Detail]:
    before, after = _by_text(old), _by_text(new)
    for text in sorted(before.keys() - after.keys()):
        yield LOOSENING, "rule-removed", f"rule {_short(text)} removed"
    for text in sorted(after.keys() - before.keys()):
        if _is_transition(text):
            yield (
                TIGHTENING,
                "rule-added",
                f"transition rule {_short(text)} added: it applies to every update",
            )
        else:
            yield RATCHETED, "rule-added", f"rule {_short(text)} added"
    for text in sorted(before.keys() & after.keys()):
        if bool(before[text].get("optionalOldSelf")) != bool(after[text].get("optionalOldSelf")):
            yield TIGHTENING, "rule-changed", f"optionalOldSelf of rule {_short(text)} changed"
        elif {**before[text], "rule": text} != {**after[text], "rule": text}:
            yield Weight.SAFE, "words", f"message of rule {_short(text)} changed"


def _by_text(schema: Schema) -> dict[str, Schema]:
    return {one_line(rule["rule"]): rule for rule in schema.get(VALIDATIONS, ())}


def _short(text: str) -> str:
    return repr(text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}...")


def _is_transition(text: str) -> bool:
    try:
        return uses(parse(text), "oldSelf")
    except CelError:
        return "oldSelf" in text


def _unknown(old: Schema, new: Schema) -> Iterator[Detail]:
    """Report a change of an unknown keyword as breaking, since it can mean anything."""
    for word in sorted((old.keys() | new.keys()) - COMPARED - {NOT_RATCHETED}):
        if old.get(word) != new.get(word):
            yield BREAKING, "unknown-change", f"{word} changed from {old.get(word)!r} to {new.get(word)!r}"
