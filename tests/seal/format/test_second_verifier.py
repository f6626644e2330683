"""A second verifier, in Go and by other hands than the first, agrees on every vector and on altered runs."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arkrun_crd.seal.verify import verify
from seal.format.second_verifier import SOURCE, build, states
from seal.format.strategies import altered_runs
from seal.format.vectors import FILE, cases
from support.builders.seals import KEYS

pytestmark = pytest.mark.slow

MAX_LINES = 100


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the second verifier."""
    return build(tmp_path_factory.mktemp("verifier"))


def test_it_agrees_on_every_vector(program: Path) -> None:
    """On those of the file, which another implementation would read."""
    vectors = json.loads(FILE.read_text())["seals"]

    found = states(program, [each["run"] for each in vectors], KEYS)

    assert dict(zip([each["name"] for each in vectors], found, strict=True)) == {
        each["name"]: each["state"] for each in vectors
    }


def test_it_knows_no_key_that_it_was_not_given(program: Path) -> None:
    """Without keys a sealed run is one about which nobody can tell."""
    runs = [run for name, run in cases() if name in ("succeeded", "not sealed")]

    assert states(program, runs, {}) == ["not sealed", "cannot tell"]


@settings(max_examples=25)
@given(st.lists(altered_runs(), min_size=20, max_size=20))
def test_it_agrees_on_altered_runs(program: Path, changes: list[tuple[str, Any, Any]]) -> None:
    """Each with one change, together with the run as it was sealed."""
    runs = [run for _, before, after in changes for run in (before, after)]

    assert states(program, runs, KEYS) == [str(verify(run, KEYS).state) for run in runs]


def test_it_is_small() -> None:
    """The format can be followed in an afternoon."""
    assert len((SOURCE / "main.go").read_text().splitlines()) <= MAX_LINES
