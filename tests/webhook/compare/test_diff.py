"""Differences by path, with truncated values and without secrets."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from arkrun_webhook.compare.diff import changes
from arkrun_webhook.compare.equality import equal
from support.json_values import VALUES

SPEC: dict[str, Any] = {
    "teamRef": "blog",
    "maxTokens": 5,
    "roles": [{"name": "a", "model": "x"}, {"name": "b", "model": "y"}, {"name": "c", "model": "z"}],
    "input": {"my key": "v", "api_key": "hunter2"},
}

CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, []),
    "value": ({"maxTokens": 7}, ["spec.maxTokens: 5 -> 7"]),
    "type": ({"maxTokens": "5"}, ['spec.maxTokens: 5 -> "5"']),
    "spelling": ({"maxTokens": 5.0}, []),
    "added": ({"output": "x"}, ['spec.output: added "x"']),
    "nulled": ({"teamRef": None}, ['spec.teamRef: "blog" -> null']),
    "deep": (
        {"roles": [SPEC["roles"][0], {"name": "b", "model": "q"}, SPEC["roles"][2]]},
        ['spec.roles[1].model: "y" -> "q"'],
    ),
    "item gone": (
        {"roles": [SPEC["roles"][0], SPEC["roles"][2]]},
        ['spec.roles[1]: removed, was {"name":"b","model":"y"}'],
    ),
    "item new": (
        {"roles": [{"name": "d"}, *SPEC["roles"]]},
        ['spec.roles[0]: added {"name":"d"}'],
    ),
    "another kind": ({"roles": {}}, ['spec.roles: [{"name": "a", "model": "x"}, {"name": … -> {}']),
    "odd key": (
        {"input": {**SPEC["input"], "my key": "w"}},
        ['spec.input["my key"]: "v" -> "w"'],
    ),
    "secret": (
        {"input": {**SPEC["input"], "api_key": "hunter3"}},
        ["spec.input.api_key: (hidden) -> (hidden)"],
    ),
    "secret inside": ({"settings": {"api-key": "hunter3"}}, ["spec.settings: added (hidden)"]),
    "password of a URL": ({"output": "https://me:hunter3@example"}, ["spec.output: added (hidden)"]),
}


@pytest.mark.parametrize("case", CASES)
def test_each_change_is_reported_with_its_path(case: str) -> None:
    """Each change has a path, the old and the new value."""
    update, expected = CASES[case]

    assert said(raw(SPEC), raw({**SPEC, **update})) == expected


def test_a_key_that_looks_like_an_index_is_a_key() -> None:
    """This also holds where jsonpatch finds added or removed items."""
    before, after = [{"7": 1}, "x"], [{"7": 2, "²": 3}]

    assert sorted(said(raw(before), raw(after))) == [
        'spec[0]["7"]: 1 -> 2',
        'spec[0]["\\u00b2"]: added 3',
        'spec[1]: removed, was "x"',
    ]


def test_a_removed_field_is_reported() -> None:
    """A removed field is distinguished from null."""
    after = {key: value for key, value in SPEC.items() if key != "teamRef"}

    assert said(raw(SPEC), raw(after)) == ['spec.teamRef: removed, was "blog"']


def test_adding_or_removing_spec_is_a_change() -> None:
    assert said(Raw(b""), raw({"a": 1})) == ['spec: added {"a": 1}']
    assert said(raw({"a": 1}), Raw(b"")) == ['spec: removed, was {"a": 1}']


def test_long_keys_are_truncated() -> None:
    """A path stays short with a key of a megabyte."""
    key = "k" * 1_000_000

    assert said(raw({}), raw({key: 1})) == [f'spec["{"k" * 79}\\u2026"]: added 1']


def test_long_paths_are_truncated() -> None:
    """Beyond 400 characters of path a difference is reported as one change."""
    before, after = nested(300, 1), nested(300, 2)
    (change,) = changes(raw(before), raw(after), "spec")

    assert change.path == "spec" + "[0]" * 132


@pytest.mark.parametrize("size", [1000, 100_000])
def test_the_removed_item_of_a_long_list_is_reported(size: int) -> None:
    """jsonpatch, whose time is quadratic, is not used for long lists."""
    before = [f"item {number}" for number in range(size)]

    assert said(raw(before), raw(before[:7] + before[8:])) == ['spec[7]: removed, was "item 7"']


def test_changes_are_counted_up_to_a_thousand() -> None:
    """A hostile update is refused before all of it is compared."""
    before, after = list(range(100_000)), list(range(100_001, 0, -1))

    assert len(changes(raw(before), raw(after), "spec")) == 1000


NEAR = st.recursive(
    st.sampled_from([None, False, 0, 1.0, "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("²7a/~"), inner, max_size=3),
    max_leaves=12,
)


@given(st.lists(NEAR), st.lists(NEAR))
def test_similar_values_have_a_reported_difference(before: list[Any], after: list[Any]) -> None:
    """Items are moved, and keys look like indexes or parts of a pointer."""
    found = changes(raw(before), raw(after), "spec")

    assert bool(found) != equal(before, after)
    assert all(change.path.startswith("spec[") for change in found)


@given(VALUES, VALUES)
def test_a_change_is_found_exactly_when_values_differ(before: Any, after: Any) -> None:
    assert bool(changes(raw(before), raw(after), "spec")) != equal(before, after)


@given(st.lists(VALUES, max_size=5), st.lists(VALUES, max_size=5))
def test_different_lists_have_a_reported_difference(before: list[Any], after: list[Any]) -> None:
    assert bool(changes(raw(before), raw(after), "spec")) != equal(before, after)


def nested(depth: int, value: Any) -> Any:
    """Nest a value in lists of one item."""
    for _ in range(depth):
        value = [value]
    return value


def said(before: Raw, after: Raw) -> list[str]:
    """Write each change as a line."""
    return [f"{change.path}: {change.values()}" for change in changes(before, after, "spec")]


def raw(value: Any) -> Raw:
    """Write a value as Python does."""
    return Raw(json.dumps(value).encode())
