"""A machine that cannot run a node gets an error that names what is missing."""

import os

import pytest

from node.programs import needs
from node.programs.needs import UnfitMachineError

OTHERWISE = (
    ". Where that cannot be had, run the same tests on a cluster of yours: make e2e KUBECONFIG=… IMAGE=…"
)


def complaint() -> str:
    """Return the error message."""
    with pytest.raises(UnfitMachineError) as caught:
        needs.check()
    return str(caught.value)


def test_a_user_other_than_root_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else is looked for: without root nothing else would help."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert complaint() == (
        "A node cannot run on this machine, which lacks root, which namespaces and cgroups are for"
        + OTHERWISE
    )


def test_missing_programs_are_named_by_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence holds the command that installs them."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(needs, "PACKAGES", {"no-such-package": "no-such-program", "dash": "sh"})

    assert complaint() == (
        "A node cannot run on this machine, which lacks programs of Debian's packages "
        "(apt-get install no-such-package)" + OTHERWISE
    )


def test_a_machine_without_namespaces_is_an_error_with_its_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel's or the sandbox's own words are kept."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(needs, "PACKAGES", {})
    monkeypatch.setattr(needs, "NAMESPACES", ("sh", "-c", "echo not permitted >&2; exit 1"))

    assert complaint() == (
        "A node cannot run on this machine, which lacks namespaces (not permitted)" + OTHERWISE
    )
