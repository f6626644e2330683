"""Equal parts of two documents are not parsed."""

import tracemalloc
from typing import Any

import pytest
from msgspec import Raw

from arkrun_webhook.admission.stamp import own_input
from arkrun_webhook.compare.diff import changes
from arkrun_webhook.review import request
from support.builders.reviews import review_body, run_document

MANY = b"[%b0]" % (b"0," * 1_000_000)


def read(spec: bytes) -> Any:
    """Read a review of a run with that spec."""
    body = review_body(run_document() | {"spec": "?"}).replace(b'"?"', spec)
    run = request.decode(body).object
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
def test_an_equal_list_is_not_parsed(look: Any) -> None:
    """The parsed form of a million items of two bytes would take 64 MB."""
    tracemalloc.start()
    try:
        look()
        assert tracemalloc.get_traced_memory()[1] < 12 * len(MANY)
    finally:
        tracemalloc.stop()
