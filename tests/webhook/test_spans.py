"""What is taken apart, and what is not."""

import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from arkrun_webhook import review
from arkrun_webhook.diff import changes
from arkrun_webhook.snapshot import own_input
from arkrun_webhook.spans import first_difference, raw, size
from builders_webhook import review_body, run_document
from strategies_webhook import VALUES

MANY = b"[%b0]" % (b"0," * 1_000_000)


def read(spec: bytes) -> Any:
    """Read a review of a run with that spec."""
    body = review_body(run_document() | {"spec": "?"}).replace(b'"?"', spec)
    run = review.decode(body).object
    assert run is not None
    return run.spec


@pytest.mark.parametrize(
    "look",
    [
        lambda: read(MANY),
        lambda: own_input({"input": Raw(MANY)}),
        lambda: changes(Raw(MANY), Raw(b"{}"), "spec.roles"),
    ],
    ids=["spec", "input", "member"],
)
def test_a_list_that_nobody_looks_into_is_not_taken_apart(look: Any) -> None:
    """A million items of two bytes would be 64 MB of spans."""
    tracemalloc.start()
    try:
        look()
        assert tracemalloc.get_traced_memory()[1] < 12 * len(MANY)
    finally:
        tracemalloc.stop()


@given(st.dictionaries(st.text(), VALUES))
def test_the_size_of_a_spec_is_told_without_writing_it(spec: dict[str, Any]) -> None:
    """It is that of its JSON."""
    members = {name: raw(value) for name, value in spec.items()}

    assert size(members) == size(raw(members)) == len(raw(members))


@given(st.binary(), st.binary(), st.binary())
def test_the_first_difference_is_where_the_common_beginning_ends(
    common: bytes, one: bytes, other: bytes
) -> None:
    """Found by halves, as by looking at each byte."""
    one, other = common + one, common + other
    pairs = enumerate(zip(one, other, strict=False))
    expected = next((index for index, (a, b) in pairs if a != b), min(len(one), len(other)))

    assert first_difference(one, other) == expected
