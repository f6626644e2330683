"""A machine that cannot run a node gets an error that names what is missing."""

import os

import pytest

from node.programs import needs
from node.programs.needs import UnfitMachineError

OTHERWISE = ". Alternatively, run the same tests on your own cluster: make e2e KUBECONFIG=… IMAGE=…"


def error_message() -> str:
    """Return the message of the error."""
    with pytest.raises(UnfitMachineError) as caught:
        needs.check()
    return str(caught.value)


def test_a_user_other_than_root_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without root no other requirement is checked."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert error_message() == (
        "This machine cannot run a node; missing: root (for namespaces and cgroups)" + OTHERWISE
    )


def test_missing_programs_are_named_by_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message contains the command that installs them."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(needs, "PACKAGES", {"no-such-package": "no-such-program", "dash": "sh"})

    assert error_message() == (
        "This machine cannot run a node; missing: programs of Debian packages "
        "(apt-get install no-such-package)" + OTHERWISE
    )


def test_a_machine_without_namespaces_is_an_error_with_its_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message contains the program's stderr."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(needs, "PACKAGES", {})
    monkeypatch.setattr(needs, "NAMESPACES", ("sh", "-c", "echo not permitted >&2; exit 1"))

    assert error_message() == (
        "This machine cannot run a node; missing: namespaces (not permitted)" + OTHERWISE
    )
