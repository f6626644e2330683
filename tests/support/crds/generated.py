"""Hypothesis strategies from a structural schema: objects that are valid, nearly valid, or hostile."""

import re
from typing import Any

from hypothesis import strategies as st

Schema = dict[str, Any]

TIMES = ["2026-03-17T10:00:00Z", "2026-03-17t10:00:00.123z", "2026-03-17T10:00:00+02:00"]
TEXTS = ["a", "a.b", "a-1", "0", "9z", "x" * 63, "1h", "1h30m", "-9.5ms", "0", "50%", "a1B2", "#fff"]
HOSTILE: list[Any] = [
    *(None, True, False, 0, 1, -1, 1.0, 1.5, 101, 64, 1e-5, 1e30),
    *(2**31, 2**31 - 1, -(2**31) - 1, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**25),
    *(
        "",
        " ",
        "x",
        "X",
        "a.b",
        "a..b",
        "-a",
        "a-",
        "a\nb",
        "a\n",
        "é",
        "\U0001f600",
        "0",
        "1",
        "true",
        "null",
    ),
    *("x" * 63, "x" * 64, "x" * 253, "x" * 254, "é" * 64, "1h", "1.5h", "-1h30m", "P1D", "1d", "0", ".5s"),
    *([], [None], [""], [[]], ["a", "a"], [{}], [{"name": "a"}, {"name": "a"}], {}, {"a": None}, {"a": {}}),
    *({"name": "a"}, {"a": "b"}, {"": ""}, {"a": [None, {"b": None}]}),
    *(
        "2026-03-17",
        "2026-03-17T10:00:00",
        "2026-03-17T24:00:00Z",
        "2026-02-29T10:00:00Z",
        "2026-03-17T10:00:60Z",
    ),
    *("2026-03-17 10:00:00Z", "2026-03-17T10:00:00,5Z", "0000-01-01T00:00:00Z", *TIMES),
    *("Pending", "Succeeded", "Done", "True", "retry", "10%", "50Mi"),
]


def documents(schema: Schema, head: Schema) -> st.SearchStrategy[Schema]:
    """Generate objects: valid ones in which up to four fields are spoilt."""
    body = {name: inner for name, inner in schema["properties"].items() if name not in head}
    below = {**schema, "properties": body}
    return st.builds(_spoilt, valid(below), st.lists(_SPOILING, max_size=4)).map(
        lambda made: {**made, **head}
    )


def spoilt_everywhere(document: Schema, part: str) -> list[Schema]:
    """Return copies of an object, each with one hostile value in one field below `below`."""
    made = []
    for number in range(len(list(_places(document[part])))):
        for value in HOSTILE:
            copied = _copy(document)
            container, key = list(_places(copied[part]))[number]
            container[key] = _copy(value)
            made.append(copied)
    return made


def valid(schema: Schema) -> st.SearchStrategy[Any]:
    """Generate values that the schema accepts; CEL rules are not considered."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("x-kubernetes-int-or-string"):
        return st.sampled_from([1, "50%", "a"])
    kind = schema.get("type")
    if kind is None:
        return _ANYTHING
    made: st.SearchStrategy[Any] = _MAKERS[kind](schema)
    return made | st.none() if schema.get("nullable") else made


def _string(schema: Schema) -> st.SearchStrategy[str]:
    if schema.get("format") == "date-time":
        return st.sampled_from(TIMES)
    if schema.get("format") == "date":
        return st.sampled_from(["2026-03-17", "2024-02-29"])
    if "pattern" in schema:
        return st.sampled_from([text for text in TEXTS if re.search(schema["pattern"], text)])
    return st.text(
        "ab{}.é\n ", min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 6), 6)
    )


def _integer(schema: Schema) -> st.SearchStrategy[int]:
    return st.integers(schema.get("minimum", -5), min(schema.get("maximum", 99), 99))


def _number(schema: Schema) -> st.SearchStrategy[float]:
    return st.sampled_from([0.25, 0.5, 0.75]) if "minimum" in schema else st.sampled_from([0, 1.5, -3])


def _array(schema: Schema) -> st.SearchStrategy[list[Any]]:
    items = valid(schema["items"])
    least = schema.get("minItems", 0)
    keys = schema.get("x-kubernetes-list-map-keys")
    if keys:
        return st.lists(
            items, min_size=least, max_size=3, unique_by=lambda item: tuple(item.get(k) for k in keys)
        )
    return st.lists(items, min_size=least, max_size=3)


def _object(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    if isinstance(schema.get("additionalProperties"), dict):
        keys = st.text("ab-._é", max_size=3)
        return st.dictionaries(keys, valid(schema["additionalProperties"]), max_size=3)
    properties, required = schema.get("properties", {}), schema.get("required", [])
    if not properties:
        return st.dictionaries(st.sampled_from("abc"), _ANYTHING, max_size=2)
    named = {name: valid(inner) for name, inner in properties.items() if name in required}
    free = {name: valid(inner) for name, inner in properties.items() if name not in required}
    unknown = {"unknownField": _ANYTHING} if schema.get("x-kubernetes-preserve-unknown-fields") else {}
    free |= unknown
    chosen = st.lists(st.sampled_from(sorted(free)), max_size=3, unique=True) if free else st.just([])
    return chosen.flatmap(lambda names: st.fixed_dictionaries(named | {name: free[name] for name in names}))


_SCALARS = st.sampled_from([None, True, 0, 1, 2.5, "", "a"])
_ANYTHING = (
    _SCALARS | st.lists(_SCALARS, max_size=2) | st.dictionaries(st.sampled_from("ab"), _SCALARS, max_size=2)
)
_MAKERS: dict[str, Any] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": lambda _schema: st.booleans(),
    "array": _array,
    "object": _object,
}
# Which place, counted over all places of the object; what is done there.
_SPOILING = st.tuples(
    st.integers(0, 199), st.sampled_from(["replace", "replace", "drop", "add"]), st.sampled_from(HOSTILE)
)


def _spoilt(document: Schema, changes: list[tuple[int, str, Any]]) -> Schema:
    spoilt: Schema = _copy(document)
    for number, change, value in changes:
        places = list(_places(spoilt))
        if not places:
            continue
        container, key = places[number % len(places)]
        if change == "drop":
            del container[key]
        elif change == "add" and isinstance(container, dict):
            container["strange"] = value
        else:
            container[key] = _copy(value)
    return spoilt


def _places(value: Any) -> Any:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        yield value, key
        yield from _places(inner)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value
