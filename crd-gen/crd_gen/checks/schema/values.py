"""Validation of a default by its schema, except for rules and the formats that strfmt.py lacks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from crd_gen.formats import regex, strfmt
from crd_gen.keywords import INT_OR_STRING, LIST_MAP_KEYS, LIST_TYPE, PRESERVE_UNKNOWN, Schema

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def problems(value: Any, schema: Schema, path: str = "", *, restricts: bool = False) -> Iterator[str]:
    """Yield the problems of a value; unknown fields are problems, because defaults must be pruned.

    restricts is set within allOf, anyOf, oneOf and not, which declare no fields.
    """
    if value is None:
        if not (restricts or schema.get("nullable")):
            yield f"{path or 'it'} is null but not nullable"
        return
    if not _has_type(value, schema):
        yield f"{path or 'it'} is {value!r}, not of type {schema.get('type') or 'int-or-string'}"
        return
    own = (*_bounds(value, schema), *_format(value, schema), *_junctors(value, schema))
    yield from (f"{path or 'it'} {problem}" for problem in own)
    if isinstance(value, dict):
        yield from _fields(value, schema, path, restricts=restricts)
    if isinstance(value, list):
        yield from _duplicates(value, schema, path)
        for number, item in enumerate(value):
            yield from problems(item, schema.get("items", {}), f"{path}[{number}]", restricts=restricts)


def _has_type(value: Any, schema: Schema) -> bool:
    if schema.get(INT_OR_STRING):
        return isinstance(value, int | str) and not isinstance(value, bool)
    kind = schema.get("type")
    if kind is None:
        return True
    if isinstance(value, bool):
        return bool(kind == "boolean")
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[kind])


def _fields(value: dict[str, Any], schema: Schema, path: str, *, restricts: bool) -> Iterator[str]:
    properties, additional = schema.get("properties", {}), schema.get("additionalProperties")
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{path or 'it'} lacks the required {name!r}; nested defaults are not applied to a default"
    for name, inner in value.items():
        below = f"{path}.{name}" if path else name
        if name in properties:
            yield from problems(inner, properties[name], below, restricts=restricts)
        elif isinstance(additional, dict):
            yield from problems(inner, additional, below, restricts=restricts)
        elif additional is not True and not (restricts or schema.get(PRESERVE_UNKNOWN)):
            yield f"{below} is not in the schema and would be pruned"


def _junctors(value: Any, schema: Schema) -> Iterator[str]:
    for word, most in (("allOf", None), ("anyOf", None), ("oneOf", 1)):
        branches = schema.get(word, ())
        valid = sum(not any(problems(value, branch, restricts=True)) for branch in branches)
        fewest = len(branches) if word == "allOf" else min(1, len(branches))
        if valid < fewest or (most and valid > most):
            yield f"is {value!r}, which is valid for {valid} of the {len(branches)} schemas in {word}"
    if "not" in schema and not any(problems(value, schema["not"], restricts=True)):
        yield f"is {value!r}, which 'not' excludes"


def _format(value: Any, schema: Schema) -> Iterator[str]:
    name = schema.get("format", "")
    accepts = strfmt.ACCEPTS.get(name.replace("-", ""))
    if isinstance(value, str) and accepts and not accepts(value):
        yield f"is {value!r}, not a valid {name}"
    bits = {"int32": 31, "int64": 63}.get(name)
    if bits and isinstance(value, int) and not -(2**bits) <= value < 2**bits:
        yield f"is {value}, not a valid {name}"


def _duplicates(value: list[Any], schema: Schema, path: str) -> Iterator[str]:
    kind, keys = schema.get(LIST_TYPE), schema.get(LIST_MAP_KEYS, ())
    if kind == "map":
        value = [{key: item.get(key) for key in keys} for item in value if isinstance(item, dict)]
    if kind in ("set", "map") and len({json.dumps(item, sort_keys=True) for item in value}) < len(value):
        yield f"{path or 'it'} has duplicate items in a {kind} list"


def _bounds(value: Any, schema: Schema) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        yield f"is {value!r}, not one of {schema['enum']}"
    if isinstance(value, str):
        yield from _length(len(value), schema, "Length")
        pattern = schema.get("pattern", "")
        if pattern and not (regex.problem(pattern) or regex.finder(pattern)(value)):
            yield f"is {value!r}, which does not match {pattern!r}"
    if isinstance(value, list):
        yield from _length(len(value), schema, "Items")
    if isinstance(value, dict):
        yield from _length(len(value), schema, "Properties")
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield from _range(value, schema)


def _length(size: int, schema: Schema, noun: str) -> Iterator[str]:
    if size < schema.get(f"min{noun}", 0):
        yield f"has {size}, fewer than min{noun} {schema[f'min{noun}']}"
    if size > schema.get(f"max{noun}", size):
        yield f"has {size}, more than max{noun} {schema[f'max{noun}']}"


def _range(value: float, schema: Schema) -> Iterator[str]:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and (value < low or (value == low and schema.get("exclusiveMinimum"))):
        yield f"is {value}, below the minimum {low}"
    if (step := schema.get("multipleOf")) and value % step:
        yield f"is {value}, not a multiple of {step}"
    if high is not None and (value > high or (value == high and schema.get("exclusiveMaximum"))):
        yield f"is {value}, above the maximum {high}"
