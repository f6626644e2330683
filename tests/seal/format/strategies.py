"""Runs of any content, and single changes of them."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from arkrun_crd.names import SPEC_SEAL_ANNOTATION, STATUS_SEAL_ANNOTATION
from support.builders.records import DONE, record
from support.builders.seals import failed, sealed

Json = dict[str, Any]

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
)
ANNOTATIONS = (SPEC_SEAL_ANNOTATION, STATUS_SEAL_ANNOTATION)


@st.composite
def sealed_runs(draw: st.DrawFn) -> Json:
    """Draw a sealed run: running, Succeeded or Failed, with unknown fields in spec and status."""
    status = draw(st.sampled_from([{"phase": "Running"}, DONE, failed()]))
    spec = draw(st.dictionaries(TEXTS, VALUES, max_size=3))
    unknown = draw(VALUES)
    return sealed(record(spec=spec, status={**status, "xUnknown": unknown}))


@st.composite
def altered_runs(draw: st.DrawFn) -> tuple[str, Json, Json]:
    """Draw the changed part, a sealed run, and a copy that differs in one place of that part."""
    run = draw(sealed_runs())
    copied = copy.deepcopy(run)
    ended = run["status"]["phase"] != "Running"
    part = draw(st.sampled_from(["spec", "identity", "seal", *(["status"] if ended else [])]))
    if part == "identity":
        field = draw(st.sampled_from(["uid", "name", "namespace"]))
        copied["metadata"][field] = draw(TEXTS.filter(lambda text: text != run["metadata"][field]))
    elif part == "seal":
        annotations = copied["metadata"]["annotations"]
        name = draw(st.sampled_from(sorted(annotations)))
        annotations[name] = draw(_edited_texts(annotations[name]))
    else:
        container, key = draw(st.sampled_from(list(_places(copied[part]))))
        container[key] = draw(VALUES.filter(lambda value: not _equal(value, container[key])))
    return part, run, copied


@st.composite
def _edited_texts(draw: st.DrawFn, text: str) -> str:
    """Draw a text that differs by one inserted, replaced or removed character."""
    at = draw(st.integers(0, len(text) - 1))
    inserted = draw(TEXTS.map(lambda found: found[:1]))
    removed = draw(st.integers(0 if inserted else 1, 1))
    edited = text[:at] + inserted + text[at + removed :]
    return edited if edited != text else f"{text} "


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        yield value, key
        yield from _places(inner)


def _equal(one: Any, other: Any) -> bool:
    """Compare as JSON does: true is not 1, and 1.0 is 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(one == other)
