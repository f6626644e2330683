"""Teams and runs of the measured sizes."""

import json

import pytest

from bench.teams import STEPS, stamped, team


@pytest.mark.parametrize("kilobytes", [*STEPS])
def test_a_run_has_the_size_in_its_name(kilobytes: int) -> None:
    """The length of the team's prompts is chosen for that."""
    spec = stamped("any", team(kilobytes))["spec"]

    size = len(json.dumps(spec, separators=(",", ":"), ensure_ascii=False).encode())
    assert 0.99 * kilobytes * 1024 < size <= kilobytes * 1024
