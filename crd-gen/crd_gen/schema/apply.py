"""How markers change the schema of the type that they annotate."""

from __future__ import annotations

from functools import singledispatch

from pydantic import BaseModel

from crd_gen.errors import UnmappableError
from crd_gen.formats import regex
from crd_gen.keywords import (
    EMBEDDED_RESOURCE,
    LIST_MAP_KEYS,
    LIST_TYPE,
    PRESERVE_UNKNOWN,
    VALIDATIONS,
    Schema,
)
from crd_gen.location import Location
from crd_gen.markers.base import Marker
from crd_gen.markers.keywords import EmbeddedResource, IntOrString, Keyword, NotNull, Nullable
from crd_gen.markers.lists import MapList, SetList
from crd_gen.markers.python_only import PythonOnly
from crd_gen.markers.rule import Rule
from crd_gen.markers.strings import Format, Pattern
from crd_gen.markers.transitions import TransitionMarker
from crd_gen.schema.json_schema import Extra, documented
from crd_gen.schema.scalars import INTEGER_RANGES, check_format, refuse_pattern


def apply_markers(schema: Schema, markers: tuple[Marker, ...], at: Location) -> Schema:
    """Apply markers to a schema in the order in which they are written, and report those that cannot be."""
    if {Nullable, NotNull} <= {type(marker) for marker in markers}:
        at.refuse("Nullable and NotNull exclude each other", "one of them")
    for marker in markers:
        try:
            _apply(marker, schema, at)
        except UnmappableError as refusal:
            at.report.refusals.append(refusal)
    return schema


@singledispatch
def _apply(marker: Marker, schema: Schema, at: Location) -> None:  # noqa: ARG001
    raise at.error(f"unknown marker {type(marker).__name__}", "a marker that crd_gen exports")


@_apply.register
def _(marker: Rule, schema: Schema, at: Location) -> None:
    _add_wire(schema, marker.wire(), at)


def _add_wire(schema: Schema, wire: Schema, at: Location) -> None:
    rules = schema.setdefault(VALIDATIONS, [])
    if wire not in rules:
        if any(rule["rule"] == wire["rule"] for rule in rules):
            raise at.error(
                f"two rules have the text {wire['rule']!r}, by which server-side apply merges rules",
                "one rule with one message",
            )
        rules.append(wire)


@_apply.register
def _(marker: Keyword, schema: Schema, at: Location) -> None:
    if marker.name == PRESERVE_UNKNOWN and schema.get("properties") and PRESERVE_UNKNOWN not in schema:
        raise at.error(
            "PreserveUnknown on a model that drops unknown fields",
            'model_config = ConfigDict(extra="allow") on the model, which preserves them in Python too',
        )
    _set(schema, marker.name, marker.value, at)


@_apply.register
def _(marker: EmbeddedResource, schema: Schema, at: Location) -> None:  # noqa: ARG001
    schema[EMBEDDED_RESOURCE] = True


@_apply.register
def _(marker: SetList, schema: Schema, at: Location) -> None:  # noqa: ARG001
    _set(schema, LIST_TYPE, "set", at)


@_apply.register
def _(marker: MapList, schema: Schema, at: Location) -> None:
    _set(schema, LIST_TYPE, "map", at)
    _set(schema, LIST_MAP_KEYS, list(marker.keys), at)


@_apply.register
def _(marker: Pattern, schema: Schema, at: Location) -> None:
    if reason := regex.problem(marker.text):
        refuse_pattern(marker.text, reason, at)
        return
    _set(schema, "pattern", marker.text, at)


@_apply.register
def _(marker: Format, schema: Schema, at: Location) -> None:
    check_format(marker, schema, at)
    _set(schema, "format", marker.name, at)
    low, high = INTEGER_RANGES.get(marker.name, (None, None))
    # The format implies these bounds.
    if schema.get("minimum") == low:
        schema.pop("minimum", None)
    if schema.get("maximum") == high:
        schema.pop("maximum", None)


@_apply.register
def _(marker: IntOrString, schema: Schema, at: Location) -> None:
    # The generator handles this marker before it translates the union.
    pass


@_apply.register
def _(marker: PythonOnly, schema: Schema, at: Location) -> None:
    # It only declares what becomes of the validators.
    pass


@_apply.register
def _(marker: Extra, schema: Schema, at: Location) -> None:
    for word, value in documented(schema, marker, at).items():
        if word == VALIDATIONS:
            for wire in value:
                _add_wire(schema, wire, at)
        elif word == PRESERVE_UNKNOWN:
            _apply(Keyword(PRESERVE_UNKNOWN, value), schema, at)
        else:
            _set(schema, word, value, at)


@_apply.register
def _(marker: Nullable, schema: Schema, at: Location) -> None:  # noqa: ARG001
    if not schema.get("nullable"):
        raise at.error("Nullable requires a type that accepts None", "T | None")


@_apply.register
def _(marker: NotNull, schema: Schema, at: Location) -> None:  # noqa: ARG001
    if "type" in schema or PRESERVE_UNKNOWN not in schema:
        raise at.error("NotNull requires Any", "T without None, for which null is invalid anyway")
    if at.path.endswith("[]"):
        raise at.error("NotNull on items: the server stores null in a list of anything", "list[Any]")
    if isinstance(at.annotation, type) and issubclass(at.annotation, BaseModel):
        raise at.error("NotNull on a model: null within it is valid", "RootModel[Annotated[Any, NotNull()]]")
    schema.pop("nullable", None)


@_apply.register
def _(marker: TransitionMarker, schema: Schema, at: Location) -> None:
    if at.bypass:
        raise at.error(
            f"{type(marker).__name__} can be bypassed: {at.bypass}",
            "make every parent required, or Kept, SetOnce or Immutable",
            "put the marker on the nearest parent that cannot be removed",
        )
    marker.expand(schema, at)


def _set(schema: Schema, word: str, value: object, at: Location) -> None:
    if schema.setdefault(word, value) != value:
        raise at.error(f"{word} is set twice: {schema[word]!r} and {value!r}", "keep one of them")
