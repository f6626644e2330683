"""Changes named by path, with values that are short and never a secret."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from arkrun_webhook.compare import equal
from arkrun_webhook.diff import changes, shown
from strategies_webhook import VALUES

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
}


@pytest.mark.parametrize("case", CASES)
def test_changes_are_named(case: str) -> None:
    """Each change is a path with what was there and what is."""
    update, expected = CASES[case]

    assert said(raw(SPEC), raw({**SPEC, **update})) == expected


def test_a_removed_member_is_named() -> None:
    """A member that is gone is told apart from one that is null."""
    after = {key: value for key, value in SPEC.items() if key != "teamRef"}

    assert said(raw(SPEC), raw(after)) == ['spec.teamRef: removed, was "blog"']


def test_a_spec_that_comes_or_goes_is_a_change() -> None:
    """An object that got a spec, or lost it, has changed as a whole."""
    assert said(Raw(b""), raw({"a": 1})) == ['spec: added {"a": 1}']
    assert said(raw({"a": 1}), Raw(b"")) == ['spec: removed, was {"a": 1}']


def test_values_are_cut() -> None:
    """Long values are cut to 40 characters, and what cannot be printed is not shown."""
    assert shown(raw("x" * 100)) == f'"{"x" * 38}…'
    assert shown(Raw('"\u202eevil"'.encode())) == '"?evil"'


@given(VALUES, VALUES)
def test_a_change_is_found_exactly_when_values_differ(before: Any, after: Any) -> None:
    """No difference goes unnamed, and nothing is named that is no difference."""
    assert bool(changes(raw(before), raw(after), "spec")) != equal(before, after)


@given(st.lists(VALUES, max_size=5), st.lists(VALUES, max_size=5))
def test_lists_that_differ_have_a_named_difference(before: list[Any], after: list[Any]) -> None:
    """Items that come, go or move are found too."""
    assert bool(changes(raw(before), raw(after), "spec")) != equal(before, after)


def said(before: Raw, after: Raw) -> list[str]:
    """Write each change as a line."""
    return [f"{change.path}: {change.values()}" for change in changes(before, after, "spec")]


def raw(value: Any) -> Raw:
    """Write a value as Python does."""
    return Raw(json.dumps(value).encode())
