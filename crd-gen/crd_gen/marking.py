"""Markers written into the schema that they stand on."""

from __future__ import annotations

from functools import singledispatch

from crd_gen.macros import Macro
from crd_gen.markers import (
    EmbeddedResource,
    Format,
    IntOrString,
    Keyword,
    MapList,
    Marker,
    Nullable,
    Pattern,
    Rule,
    SetList,
)
from crd_gen.place import Place, Schema
from crd_gen.scalars import INTEGER_RANGES, refuse_format

PRESERVE = "x-kubernetes-preserve-unknown-fields"


def mark(schema: Schema, markers: tuple[Marker, ...], at: Place) -> Schema:
    """Apply the markers in the order in which they are written."""
    for marker in markers:
        _apply(marker, schema, at)
    return schema


@singledispatch
def _apply(marker: Marker, schema: Schema, at: Place) -> None:  # noqa: ARG001
    raise at.refuse(f"{type(marker).__name__} is a marker that this version does not know")


@_apply.register
def _(marker: Rule, schema: Schema, at: Place) -> None:
    rules = schema.setdefault("x-kubernetes-validations", [])
    wire = marker.wire()
    if wire not in rules:
        if any(rule["rule"] == wire["rule"] for rule in rules):
            raise at.refuse(
                f"two rules with the text {wire['rule']!r}: server-side apply tells rules apart by it",
                "join their messages into one rule",
            )
        rules.append(wire)


@_apply.register
def _(marker: Keyword, schema: Schema, at: Place) -> None:
    if marker.name == PRESERVE and schema.get("properties") and PRESERVE not in schema:
        raise at.refuse(
            "PreserveUnknown on a model that drops unknown fields",
            'model_config = ConfigDict(extra="allow") on the model, which keeps them on both sides',
        )
    _say(schema, marker.name, marker.value, at)


@_apply.register
def _(marker: EmbeddedResource, schema: Schema, at: Place) -> None:  # noqa: ARG001
    schema["x-kubernetes-embedded-resource"] = True


@_apply.register
def _(marker: SetList, schema: Schema, at: Place) -> None:  # noqa: ARG001
    _say(schema, "x-kubernetes-list-type", "set", at)


@_apply.register
def _(marker: MapList, schema: Schema, at: Place) -> None:
    _say(schema, "x-kubernetes-list-type", "map", at)
    _say(schema, "x-kubernetes-list-map-keys", list(marker.keys), at)


@_apply.register
def _(marker: Pattern, schema: Schema, at: Place) -> None:
    _say(schema, "pattern", marker.text, at)


@_apply.register
def _(marker: Format, schema: Schema, at: Place) -> None:
    refuse_format(marker, schema, at)
    _say(schema, "format", marker.name, at)
    low, high = INTEGER_RANGES.get(marker.name, (None, None))
    # The format says these bounds already.
    if schema.get("minimum") == low:
        schema.pop("minimum", None)
    if schema.get("maximum") == high:
        schema.pop("maximum", None)


@_apply.register
def _(marker: IntOrString, schema: Schema, at: Place) -> None:
    # Said already: the walk reads this marker before it maps the union.
    pass


@_apply.register
def _(marker: Nullable, schema: Schema, at: Place) -> None:  # noqa: ARG001
    if not schema.get("nullable"):
        raise at.refuse("Nullable stands on a type that pydantic refuses null for", "T | None")


@_apply.register
def _(marker: Macro, schema: Schema, at: Place) -> None:
    if at.hole:
        raise at.refuse(
            f"{type(marker).__name__} can be got round: {at.hole}",
            "make every parent required, or Kept, SetOnce or Immutable as well",
            "put the macro on the nearest parent that stays",
        )
    marker.mark(schema, at)


def _say(schema: Schema, word: str, value: object, at: Place) -> None:
    if schema.setdefault(word, value) != value:
        raise at.refuse(f"{word} is said twice: {schema[word]!r} and {value!r}", "keep one of them")
