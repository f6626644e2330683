"""JSON equality."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from arkrun_webhook.compare.equality import equal, is_set, same
from support.json_values import VALUES

DIFFERENT: list[tuple[Any, Any]] = [
    (True, 1),
    (False, 0),
    (1, "1"),
    (1, 2),
    (None, False),
    ({}, {"a": None}),
    ({"a": []}, {"a": None}),
    ({"a": ""}, {}),
    ([], {}),
    ([1, 2], [2, 1]),
    ([1], [1, 1]),
    ("a", "A"),
    ("\u00e9", "e\u0301"),
    ({"a": {"b": [True]}}, {"a": {"b": [1]}}),
    (9007199254740993, 9007199254740992.0),
]
EQUAL: list[tuple[Any, Any]] = [
    (1, 1.0),
    (0, -0.0),
    (100, 1e2),
    ([{}], [{}]),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
]

Spelled = list[tuple[str, int]]
"""Characters, each with the number of its spelling."""
SPELLED: st.SearchStrategy[Spelled] = st.lists(
    st.tuples(st.sampled_from('aAu04\\/\n"\u00e9\u7530\U0001f600'), st.integers(0, 2)), max_size=6
)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_different_values_are_not_equal(left: Any, right: Any) -> None:
    """Other types, missing values, null, empty values and another order of a list are differences."""
    assert not equal(left, right)
    assert not same(raw(left), raw(right))


@pytest.mark.parametrize(("left", "right"), EQUAL)
def test_different_spellings_of_a_value_are_equal(left: Any, right: Any) -> None:
    """The order of keys and the spelling of a number are no differences."""
    assert equal(left, right)
    assert same(raw(left), raw(right))


@given(VALUES)
def test_a_value_equals_its_reencoded_form(value: Any) -> None:
    """White space, escapes and the order of keys do not matter."""
    assert same(raw(value), Raw(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).encode()))


@given(VALUES, VALUES)
def test_equality_of_raw_json_is_that_of_the_decoded_values(left: Any, right: Any) -> None:
    """The comparison of bytes is only a shortcut."""
    assert same(raw(left), raw(right)) == equal(left, right) == equal(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (rb'"a\u0041"', rb'"aA"'),
        (rb'"a\u004a"', rb'"a\u004A"'),
        (rb'"a\/"', rb'"a/"'),
        (rb'"a\n"', rb'"a\u000a"'),
        (rb'"\ud83d\ude00"', '"\U0001f600"'.encode()),
    ],
)
def test_an_escape_equals_its_character(left: bytes, right: bytes) -> None:
    assert same(Raw(left), Raw(right))


@pytest.mark.parametrize("empty", [b"", b"null", b'""', b"[]", b"{}", b"0"])
def test_null_and_missing_fields_count_as_absent(empty: bytes) -> None:
    """A Go client with omitempty leaves such fields out."""
    assert not is_set(Raw(empty))


@pytest.mark.parametrize("full", [b"false", b'" "', b"[0]", b'{"a":1}', b"1", b"-1"])
def test_other_values_count_as_present(full: bytes) -> None:
    assert is_set(Raw(full))


def raw(value: Any) -> Raw:
    """Write a value as Python does."""
    return Raw(json.dumps(value).encode())
