"""Scalars: strings, numbers, booleans and enumerations with their bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crd_gen.place import Place, Schema
from crd_gen.regex import trouble_in

INTEGER_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}

# Keys of a core schema that change the value instead of judging it, or judge by Python's rules.
ALTERING = {"strip_whitespace", "to_lower", "to_upper", "coerce_numbers_to_str"}
PLAIN = {"type", "metadata", "ref", "strict", "serialization"}


def _string(core: Schema, at: Place) -> Schema:
    if altered := ALTERING & {key for key, value in core.items() if value}:
        problem = f"{', '.join(sorted(altered))} changes the value, which a schema cannot"
        raise at.refuse(problem, "store the value as it is read; a pattern can demand the right form")
    schema = _bounds(core, at, {"min_length": "minLength", "max_length": "maxLength", "pattern": "pattern"})
    if "pattern" in schema and not isinstance(schema["pattern"], str):
        schema["pattern"] = schema["pattern"].pattern
    if problem := trouble_in(schema.get("pattern", "")):
        raise at.refuse(f"pattern {schema['pattern']!r} {problem}")
    return {"type": "string", **schema}


NUMERIC = {"ge": "minimum", "le": "maximum", "gt": "minimum", "lt": "maximum", "multiple_of": "multipleOf"}


def _number(kind: str) -> Callable[[Schema, Place], Schema]:
    def mapped(core: Schema, at: Place) -> Schema:
        if {"ge", "gt"} <= core.keys() or {"le", "lt"} <= core.keys():
            raise at.refuse("an inclusive and an exclusive bound on one side", "keep the one that binds")
        schema = {"type": kind, **_bounds(core, at, NUMERIC, also={"allow_inf_nan"})}
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
    return _enum([member.value for member in core["members"]], at)


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


SCALARS: dict[str, Callable[[Schema, Place], Schema]] = {
    "str": _string,
    "int": _number("integer"),
    "float": _number("number"),
    "bool": _boolean,
    "literal": _literal,
    "enum": _enum_class,
}
"""The exact mappings, by kind of core schema."""
