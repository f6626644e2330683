"""A default in ArkRun.spec would change the digests of runs that are sealed already."""

from support.repository import CRDS


def test_a_run_has_no_defaults() -> None:
    """At no depth."""
    (file,) = CRDS.glob("*_arkruns.yaml")

    assert [line for line in file.read_text().splitlines() if line.strip().startswith("default:")] == []
