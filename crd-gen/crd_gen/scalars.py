"""Scalars: strings, numbers, booleans and enumerations with their bounds."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from typing import Any

from crd_gen import regex
from crd_gen.markers import Format
from crd_gen.place import Place, Schema

INTEGER_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}

# Keys of a core schema that change the value instead of judging it, or judge by Python's rules.
ALTERING = {"strip_whitespace", "to_lower", "to_upper", "coerce_numbers_to_str"}
PLAIN = {"type", "metadata", "ref", "strict", "serialization"}


def _string(core: Schema, at: Place) -> Schema:
    if altered := ALTERING & {key for key, value in core.items() if value}:
        problem = f"{', '.join(sorted(altered))} changes the value, which a schema cannot"
        raise at.refuse(problem, "store the value as it is read; a pattern can demand the right form")
    schema = _bounds(core, at, {"min_length": "minLength", "max_length": "maxLength", "pattern": "pattern"})
    pattern = schema.get("pattern", "")
    if not isinstance(pattern, str):
        raise at.refuse(
            f"pattern {pattern.pattern!r} is compiled by Python, whose $ and flags Go reads otherwise",
            "the pattern as text; flags go inside: (?i)",
        )
    if fault := regex.problem(pattern):
        raise at.refuse(f"pattern {pattern!r} does not compile in Go: {fault}")
    if difference := regex.difference(pattern):
        raise at.refuse(f"pattern {pattern!r} {difference}", *PATTERN_WAYS)
    return {"type": "string", **schema}


PATTERN_WAYS = ("Annotated[str, Pattern(...)], which makes pydantic read what Go reads, if Go knows it",)
NUMERIC = {"ge": "minimum", "le": "maximum", "gt": "minimum", "lt": "maximum", "multiple_of": "multipleOf"}


def _number(kind: str) -> Callable[[Schema, Place], Schema]:
    def mapped(core: Schema, at: Place) -> Schema:
        if {"ge", "gt"} <= core.keys() or {"le", "lt"} <= core.keys():
            raise at.refuse("an inclusive and an exclusive bound on one side", "keep the one that binds")
        schema = {"type": kind, **_bounds(core, at, NUMERIC, also={"allow_inf_nan"})}
        for word, bound in schema.items():
            if isinstance(bound, float) and not math.isfinite(bound):
                raise at.refuse(f"{word} {bound} cannot be written in JSON", "leave the bound out")
        if "multipleOf" in schema and kind == "number":
            raise at.refuse(
                "multiple_of on a float: the server divides by its whole part, or inexactly",
                "an integer in a smaller unit",
            )
        exclusive = {"gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
        return schema | {wire: True for name, wire in exclusive.items() if core.get(name) is not None}

    return mapped


def _boolean(core: Schema, at: Place) -> Schema:
    return {"type": "boolean", **_bounds(core, at, {})}


def _literal(core: Schema, at: Place) -> Schema:
    return _enum([getattr(value, "value", value) for value in core["expected"]], at)


def _enum_class(core: Schema, at: Place) -> Schema:
    if core.get("missing"):
        raise at.refuse("an enum with _missing_ accepts more than its values", "list the values")
    if issubclass(core["cls"], enum.Flag):
        raise at.refuse(
            "a Flag accepts every combination of its values", "a list of the values, as a SetList"
        )
    # A second name for a value is no second value.
    return _enum(list(dict.fromkeys(member.value for member in core["members"])), at)


def _enum(values: list[Any], at: Place) -> Schema:
    kinds = {type(value) for value in values}
    names = {str: "string", int: "integer", bool: "boolean", float: "number"}
    if len(kinds) != 1 or not kinds <= names.keys():
        found = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise at.refuse(
            f"values of {found} in one enumeration", "values of one type: str, int, float or bool"
        )
    return {"type": names[kinds.pop()], "enum": values}


def _bounds(
    core: Schema, at: Place, names: dict[str, str], also: frozenset[str] | set[str] = frozenset()
) -> Schema:
    """Translate the known constraints; an unknown one has no equivalent."""
    unknown = (
        {key for key, value in core.items() if value is not None} - PLAIN - names.keys() - ALTERING - also
    )
    if unknown - {"regex_engine"}:
        raise at.refuse(f"constraint {', '.join(sorted(unknown))} has no structural equivalent")
    return {wire: core[name] for name, wire in names.items() if core.get(name) is not None}


ARM_WORDS = {*NUMERIC.values(), "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern"}


def int_or_string(arms: list[Schema], at: Place) -> Schema:
    """Join the two arms of the union: a bound of one says nothing about the other's values."""
    made: Schema = {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}
    for arm in arms:
        if other := sorted(arm.keys() - ARM_WORDS - {"type"}):
            raise at.refuse(
                f"{', '.join(other)} on one arm of IntOrString says too much", "bounds and patterns only"
            )
        made |= {word: value for word, value in arm.items() if word != "type"}
    return made


def refuse_format(marker: Format, schema: Schema, at: Place) -> None:
    """Refuse a format that the model does not check, or not as strictly as the server."""
    if schema.get("type") == "string" and marker.check() is None:
        raise at.refuse(
            f"format {marker.name!r} is checked by the server only",
            f"Format({marker.name!r}, accepts=...), the same check in Python",
            "a pattern, which both check",
        )
    low, high = INTEGER_RANGES.get(marker.name, (0, 0)) if marker.name == "int32" else (0, 0)
    if high and not (schema.get("minimum", low - 1) >= low and schema.get("maximum", high + 1) <= high):
        raise at.refuse("format 'int32' without its bounds, which pydantic does not know", "crd_gen.Int32")
    if marker.name == "float":
        raise at.refuse("format 'float' is a range that pydantic does not know", "Format('double')")


SCALARS: dict[str, Callable[[Schema, Place], Schema]] = {
    "str": _string,
    "int": _number("integer"),
    "float": _number("number"),
    "bool": _boolean,
    "literal": _literal,
    "enum": _enum_class,
}
"""The exact mappings, by kind of core schema."""
