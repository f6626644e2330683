"""A review whose specs were not read twice reads like one that was."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arkrun_webhook import review
from arkrun_webhook.errors import BrokenCall
from arkrun_webhook.review import Review
from arkrun_webhook.twins import MARK, SMALLEST, halve
from builders_webhook import review_document, run_document
from strategies_webhook import VALUES

PROMPT = "x" * SMALLEST


def update(new: dict[str, Any], old: dict[str, Any], **layout: Any) -> bytes:
    """Write the review of an update."""
    return json.dumps(review_document(new, old=old, operation="UPDATE"), **layout).encode()


def as_it_is(body: bytes) -> review.Request:
    """Read all of a review."""
    request = msgspec.json.decode(body, type=Review).request
    assert request is not None
    return request


def shortened(body: bytes) -> bool:
    """Tell whether the specs of a review are left out."""
    return halve(body, lambda text: msgspec.json.decode(text, type=review.Object).spec) is not None


@pytest.mark.parametrize("layout", [{}, {"separators": (",", ":")}, {"indent": 1}, {"sort_keys": True}])
def test_the_specs_of_an_update_are_read_once(layout: dict[str, Any]) -> None:
    """However it is laid out, a review with the same spec twice is taken apart and reads the same."""
    run = run_document(output=PROMPT)
    body = update(run_document({"a": "b"}, output=PROMPT), run, **layout)

    assert shortened(body)
    assert review.decode(body) == as_it_is(body)


def test_a_changed_spec_is_read() -> None:
    """Of two specs that differ, each is what it was."""
    body = update(run_document(output=PROMPT), run_document(output=f"{PROMPT}!"))

    assert shortened(body)
    assert review.decode(body) == as_it_is(body)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"oldObject"', b'"object": {"spec": 1}, "oldObject"'),
        (b'"oldObject"', b'"oldObject": null, "oldObject"'),
        (b'"spec"', b'"spec": {"a": 1}, "spec"'),
        (b'"kind": "ArkRun"', b'"spec": {"a": 1}, "kind": "ArkRun"'),
    ],
    ids=["object twice", "oldObject twice", "spec twice", "spec before kind"],
)
def test_keys_that_come_twice_count_with_their_last_value(before: bytes, after: bytes) -> None:
    """Where the guess is wrong, all of the review is read."""
    run = run_document(output=PROMPT)
    body = update(run, run).replace(before, after)

    assert review.decode(body) == as_it_is(body)


@pytest.mark.parametrize("cut", [b'"oldObject"', b'"spec"', b"}"])
def test_a_body_that_ends_early_is_refused_as_ever(cut: bytes) -> None:
    """The message says where the body itself is wrong."""
    run = run_document(output=PROMPT)
    body = update(run, run)
    body = body[: body.rindex(cut)]

    with pytest.raises(BrokenCall) as caught:
        review.decode(body)

    with pytest.raises(msgspec.DecodeError) as plain:
        as_it_is(body)
    assert caught.value.message == f"the body is not a readable AdmissionReview: {plain.value}"


@given(VALUES, VALUES, st.booleans())
def test_any_spec_is_read_as_it_is(one: Any, other: Any, same: bool) -> None:
    """Whatever the specs are, the review reads like one that was read twice."""
    old = run_document() | {"spec": {"prompt": PROMPT, "any": one}}
    new = run_document() | {"spec": {"prompt": PROMPT, "any": one if same else other}}
    body = update(new, old)

    assert bytes(MARK) not in msgspec.json.encode(review.decode(body))
    assert review.decode(body) == as_it_is(body)
