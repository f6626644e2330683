"""The canonical form: one text for each value, another one for each other value."""

import json
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given

from arkrun_crd.seal.canonical import MAX_BYTES, MAX_DEPTH, CanonicalError, canonical
from seal.format.strategies import VALUES


def nested(depth: int) -> Any:
    """Build a list that is nested so many levels deep."""
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"b": 1, "a": [ true, null ]}', '{"a":[true,null],"b":1}'),
        ('{"\U0001f600": 1, "\uffee": 2}', '{"\uffee":2,"\U0001f600":1}'),
        ("1.0", "1"),
        ("-0.0", "0"),
        ("9007199254740993", "9007199254740993"),
        ("1e+25", "10000000000000000905969664"),
        ("10000000000000000000000000", "10000000000000000905969664"),
        ("0.0000025", "0.0000025"),
        ("0.00000025", "2.5e-7"),
        ('"\\u0007\\u007f\\/<\\u2028"', '"\\u0007\x7f/<\u2028"'),
    ],
)
def test_each_value_has_one_spelling(text: str, expected: str) -> None:
    """Keys sorted by code point, no whitespace, one spelling of numbers and strings."""
    assert canonical(json.loads(text)).decode() == expected


@given(VALUES)
def test_the_canonical_form_reads_back_as_the_same_value(value: Any) -> None:
    """Nothing is lost, so two values with one form are equal."""
    text = canonical(value)

    assert canonical(msgspec.json.decode(text)) == text
    assert json.loads(text) == value


@given(VALUES)
def test_the_order_of_keys_does_not_matter(value: Any) -> None:
    """Two objects are the same whatever the order of their members."""
    assert canonical(_shuffled(value)) == canonical(value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "a number is not finite"),
        (float("inf"), "a number is not finite"),
        (10**400, "a number is out of range"),
        (nested(MAX_DEPTH + 1), f"nested more than {MAX_DEPTH} levels deep"),
        ("x" * MAX_BYTES, f"{MAX_BYTES + 2} bytes are more than the limit of {MAX_BYTES}"),
        (
            "\ud800",
            "not JSON: 'utf-8' codec can't encode character '\\ud800' in position 0: surrogates not allowed",
        ),
        ({1, 2}, "not JSON: a set"),
    ],
    ids=["nan", "infinity", "out of range", "too deep", "too large", "surrogate", "no JSON"],
)
def test_what_has_no_canonical_form_is_refused(value: Any, message: str) -> None:
    """Depth and size are bounded, and only JSON is accepted."""
    with pytest.raises(CanonicalError) as caught:
        canonical(value)

    assert str(caught.value) == message


def test_the_deepest_value_is_accepted() -> None:
    """The limit itself is inside."""
    assert canonical(nested(MAX_DEPTH)) == b"[" * MAX_DEPTH + b"1" + b"]" * MAX_DEPTH


def _shuffled(value: Any) -> Any:
    if isinstance(value, dict):
        pairs = [(key, _shuffled(inner)) for key, inner in value.items()]
        random.Random(0).shuffle(pairs)
        return dict(pairs)
    return [_shuffled(inner) for inner in value] if isinstance(value, list) else value
