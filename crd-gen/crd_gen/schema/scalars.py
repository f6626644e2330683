"""Strings, numbers, booleans and enumerations with their constraints."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from typing import Any

from pydantic_core import SchemaError, SchemaValidator, core_schema

from crd_gen.formats import regex
from crd_gen.keywords import INT_OR_STRING, Schema
from crd_gen.location import Location
from crd_gen.markers.strings import Format

INTEGER_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}

# Keys of a core schema that convert the value.
_CONVERSIONS = {"strip_whitespace", "to_lower", "to_upper", "coerce_numbers_to_str"}
UNCONSTRAINING = {"type", "metadata", "ref", "strict", "serialization"}


def _string(core: Schema, at: Location) -> Schema:
    if conversions := _CONVERSIONS & {key for key, value in core.items() if value}:
        problem = f"{', '.join(sorted(conversions))} converts the value, which a schema cannot do"
        at.refuse(problem, "store the value as it is; a pattern can require the right form")
    keywords = {"min_length": "minLength", "max_length": "maxLength", "pattern": "pattern"}
    schema = _constraints(core, at, keywords)
    pattern = schema.get("pattern", "")
    if not isinstance(pattern, str):
        at.refuse(
            f"pattern {pattern.pattern!r} is compiled by Python, whose $ and flags differ from Go's",
            "the pattern as a string, with inline flags: (?i)",
        )
    elif reason := regex.problem(pattern):
        refuse_pattern(pattern, reason, at)
    elif difference := regex.difference(pattern) or _rust_problem(pattern):
        at.refuse(
            f"pattern {pattern!r} {difference}",
            "Annotated[str, Pattern(...)], which pydantic matches as Go does",
        )
    return {"type": "string", **schema}


def _rust_problem(pattern: str) -> str:
    """Return the reason why pydantic does not compile a pattern; "" if it does."""
    try:
        SchemaValidator(core_schema.str_schema(pattern=pattern))
    except SchemaError as error:
        return f"does not compile in pydantic: {str(error).rpartition('error: ')[2]}"
    return ""


def refuse_pattern(pattern: str, reason: str, at: Location) -> None:
    """Report a pattern that Go does not compile."""
    words = ("(?=", "(?!", "(?<=", "(?<!")
    if any(word in pattern for word in words):
        at.refuse(
            f"pattern {pattern!r} does not compile in Go: it uses look-around, which Go does not know",
            "a pattern without it: [a-z][a-z-]* for (?!-)[a-z-]+",
            "a Rule for the exception: !self.startsWith('-')",
        )
    else:
        at.refuse(
            f"pattern {pattern!r} does not compile in Go: {reason}", "RE2's syntax: github.com/google/re2"
        )


_NUMERIC = {"ge": "minimum", "le": "maximum", "gt": "minimum", "lt": "maximum", "multiple_of": "multipleOf"}
_OPERATORS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
_SIDES = (("ge", "gt", 1), ("le", "lt", -1))


def _number(kind: str) -> Callable[[Schema, Location], Schema]:
    def number(core: Schema, at: Location) -> Schema:
        core = _strictest(core)
        schema = {"type": kind, **_constraints(core, at, _NUMERIC, ignored={"allow_inf_nan"})}
        for word, bound in schema.items():
            if isinstance(bound, float) and not math.isfinite(bound):
                at.refuse(f"{word} {bound} is not valid JSON", "omit the bound")
        if kind == "number":
            _check_fractions(core, at)
        if "multipleOf" in schema and kind == "number":
            at.refuse("multiple_of on a float: the server's check is inexact", "an integer in a smaller unit")
        exclusive = {"gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
        return schema | {wire: True for name, wire in exclusive.items() if core.get(name) is not None}

    return number


def _check_fractions(core: Schema, at: Location) -> None:
    """Report a bound that the server truncates for whole values, and so does not apply as it is."""
    for inclusive, exclusive, sign in _SIDES:
        for word, nearest in ((inclusive, 0), (exclusive, sign)):
            bound = core.get(word)
            if bound is None or not math.isfinite(bound) or bound == int(bound):
                continue
            first = math.ceil(bound * sign) * sign
            if int(bound) + nearest != first:
                at.refuse(
                    f"{word} {bound}: the server truncates it to {int(bound)} for values without a fraction",
                    "a whole number, or an integer in a smaller unit",
                    f"a Rule: self {_OPERATORS[word]} {bound}, with the same check in Python as accepts=",
                )


def _strictest(core: Schema) -> Schema:
    """Return a core schema without the weaker one of an inclusive and an exclusive bound."""
    for inclusive, exclusive, sign in _SIDES:
        if core.get(inclusive) is not None and core.get(exclusive) is not None:
            weaker = exclusive if core[inclusive] * sign > core[exclusive] * sign else inclusive
            core = {word: value for word, value in core.items() if word != weaker}
    return core


def _boolean(core: Schema, at: Location) -> Schema:
    return {"type": "boolean", **_constraints(core, at, {})}


def _literal(core: Schema, at: Location) -> Schema:
    for value in core["expected"]:
        if not isinstance(value, enum.Enum) or isinstance(value, str | int | float):
            continue
        at.refuse(
            f"pydantic does not read {value} in a Literal from JSON",
            f"its value: Literal[{value.value!r}]",
            "an enumeration derived from StrEnum or IntEnum",
        )
    return _enum([getattr(value, "value", value) for value in core["expected"]], at)


def _enum_class(core: Schema, at: Location) -> Schema:
    if issubclass(core["cls"], enum.Flag):
        raise at.error("a Flag accepts every combination of its values", "a list of the values, as a SetList")
    owner = next(cls for cls in core["cls"].__mro__ if "_missing_" in vars(cls))
    if owner is not enum.Enum:
        at.refuse(
            f"{owner.__name__}._missing_ accepts more than the values of the enumeration",
            "an enumeration without _missing_, which lists all values",
        )
    # Aliases of a member have the same value.
    return _enum(list(dict.fromkeys(member.value for member in core["members"])), at)


def _enum(values: list[Any], at: Location) -> Schema:
    types = {type(value) for value in values}
    names = {str: "string", int: "integer", bool: "boolean", float: "number"}
    if len(types) != 1 or not types <= names.keys():
        found = ", ".join(sorted(cls.__name__ for cls in types))
        raise at.error(f"values of {found} in one enumeration", "values of one type: str, int, float or bool")
    return {"type": names[types.pop()], "enum": values}


def _constraints(
    core: Schema, at: Location, keywords: dict[str, str], ignored: frozenset[str] | set[str] = frozenset()
) -> Schema:
    """Return the keywords for the constraints of a core schema, and report an unknown one."""
    given = {key for key, value in core.items() if value is not None}
    unknown = given - UNCONSTRAINING - keywords.keys() - _CONVERSIONS - ignored
    if unknown - {"regex_engine"}:
        at.refuse(
            f"constraint {', '.join(sorted(unknown - {'regex_engine'}))} has no structural equivalent",
            "another constraint of Field: max_length, pattern, ge …",
            "a Rule in CEL, with the same check in Python as accepts=",
        )
    return {wire: core[name] for name, wire in keywords.items() if core.get(name) is not None}


_BRANCH_KEYWORDS = {
    *_NUMERIC.values(),
    *("type", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern"),
}


def int_or_string(branches: list[Schema], at: Location) -> Schema:
    """Return the union of an integer and a string; a bound of one does not apply to values of the other."""
    schema: Schema = {INT_OR_STRING: True, "anyOf": [{"type": "integer"}, {"type": "string"}]}
    for branch in branches:
        if other := sorted(branch.keys() - _BRANCH_KEYWORDS):
            raise at.error(
                f"{', '.join(other)} on a branch of IntOrString would apply to both",
                "bounds and patterns only: Annotated[str, Field(pattern='^(a|b)$')] for Literal['a', 'b']",
            )
        schema |= {word: value for word, value in branch.items() if word != "type"}
    return schema


def check_format(marker: Format, schema: Schema, at: Location) -> None:
    """Check that the model validates a format as strictly as the server. Raises UnmappableError."""
    if schema.get("type") == "string" and marker.check() is None:
        raise at.error(
            f"format {marker.name!r} is checked by the server only",
            f"Format({marker.name!r}, accepts=...), with the same check in Python",
            "a pattern, which both check",
        )
    low, high = INTEGER_RANGES["int32"]
    bounded = schema.get("minimum", low - 1) >= low and schema.get("maximum", high + 1) <= high
    if marker.name == "int32" and not bounded:
        raise at.error("format 'int32' without bounds is not checked by pydantic", "crd_gen.Int32")
    if marker.name == "float":
        raise at.error("format 'float' has a range that pydantic does not check", "Format('double')")


SCALARS: dict[str, Callable[[Schema, Location], Schema]] = {
    "str": _string,
    "int": _number("integer"),
    "float": _number("number"),
    "bool": _boolean,
    "literal": _literal,
    "enum": _enum_class,
}
"""The translations by kind of core schema."""

VALUE_KEYWORDS = {*_BRANCH_KEYWORDS, "enum"}


def union_of_scalars(branches: list[Schema]) -> Schema | None:
    """Return the schema of a union of scalars of one type; None if there is no exact one."""
    types = {branch.get("type") for branch in branches}
    if types == {"integer", "number"} and all(branch.keys() == {"type"} for branch in branches):
        return {"type": "number"}
    if len(types) != 1 or not types <= {"string", "integer", "number", "boolean"}:
        return None
    if any(branch.keys() - VALUE_KEYWORDS for branch in branches):
        return None
    if {"type"} in [branch.keys() for branch in branches]:
        return {"type": types.pop()}
    if all(branch.keys() == {"type", "enum"} for branch in branches):
        values = [value for branch in branches for value in branch["enum"]]
        return {"type": types.pop(), "enum": list(dict.fromkeys(values))}
    own = [{word: value for word, value in branch.items() if word != "type"} for branch in branches]
    return {"type": types.pop(), "anyOf": own}
