"""The variants are comparable: they store the same runs and make the same decisions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import agree
from bench.measure import Plan, reads_per_create
from bench.teams import STEPS, stamped, team
from bench.variants.site import STAMPING, VARIANTS, Site, site

pytestmark = [pytest.mark.slow, pytest.mark.cluster]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start all variants, the peer built by Go."""
    with site(VARIANTS, Path(tmp_path_factory.mktemp("bench")), print) as made:
        yield made


@pytest.mark.parametrize("kilobytes", [*STEPS])
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_stores_the_same_run(running: Site, variant: str, kilobytes: int) -> None:
    """The stored run is the same whether the client or a webhook stamps it."""
    expected = stamped("any", team(kilobytes))

    assert agree.stored(running, variant, kilobytes) == {
        "label": f"team-{kilobytes}kb",
        "spec": expected["spec"],
    }


@pytest.mark.parametrize("variant", STAMPING)
def test_both_webhooks_enforce_the_same_rules(running: Site, variant: str) -> None:
    """The webhooks are called directly, because CRD rules or policies would refuse some requests first."""
    assert agree.decisions(running, variant) == {
        "stamp a run with teamRef and input": True,
        "stamp a run with another generation": False,
        "stamp a run without a required input": False,
        "verify a stamped run": True,
        "verify a run with a forged stamp": False,
        "verify a run without a stamp": False,
        "update other metadata": True,
        "update the spec": False,
    }


@pytest.mark.parametrize(("variant", "reads"), [("none", 0), ("null", 0), ("ours", 1), ("peer", 2)])
def test_a_create_reads_the_team_the_documented_number_of_times(
    running: Site, variant: str, reads: float
) -> None:
    """Ours verifies a stamp with the read that made it; the peer reads once to stamp and once to verify."""
    plan = Plan(VARIANTS, [7], {1: 10}, rounds=1, starts=1)

    assert reads_per_create(running, plan, (1, 7), variant) == reads
