"""A short attack on stored runs, and the messages of a webhook without policies."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attack.arena import Arena, arena
from attack.runner import run
from attack.tally import FAILURES, Tally

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

ADVICE = "* spec: an ArkRun is a record, its spec and team label are written once: create a new run instead\n"
REFUSED = f'The ArkRun "blog-0" is invalid: \n* spec.maxTokens: 9000 -> 1\n{ADVICE}'


@pytest.fixture(scope="module")
def attacked() -> Iterator[Arena]:
    """Start a separate control plane, because the test stops its webhook and removes its CRD rules."""
    with arena(copies=2) as running:
        yield running


@pytest.mark.parametrize(
    ("mode", "count"), [("on", 90), ("off", 60), ("restarting", 60), ("gone", 200), ("alone", 120)]
)
def test_every_change_is_refused_and_every_legitimate_write_is_accepted(
    attacked: Arena, mode: str, count: int
) -> None:
    """In every mode of the webhook records are immutable and all other fields can be written."""
    tally = Tally()
    run(attacked, mode, count, seed=20261124, tally=tally, clients=2)

    assert tally.total() >= count * 0.9
    assert tally.total(*FAILURES) == 0, tally.table()


@pytest.fixture(scope="module")
def alone(attacked: Arena) -> Arena:
    """Remove policies and CRD rules, so that only the webhook protects runs."""
    attacked.remove_rules_and_policies()
    return attacked


def kubectl(attacked: Arena, *arguments: str, document: Any = None) -> subprocess.CompletedProcess[str]:
    """Run kubectl in the arena's namespace."""
    text = None if document is None else json.dumps(document)
    return attacked.control_plane.kubectl("-n", attacked.namespace, *arguments, input=text, check=False)


def rewritten(attacked: Arena, **metadata: Any) -> dict[str, Any]:
    """Return the manifest of `blog-0` with another maxTokens."""
    original = attacked.originals["blog-0"]
    metadata = {"name": "blog-0", "namespace": attacked.namespace, **metadata}
    return {**original, "metadata": metadata, "spec": {**original["spec"], "maxTokens": 1}}


def test_kubectl_patch_shows_the_refusal(alone: Arena) -> None:
    """It shows the old and new values, and what to do."""
    result = kubectl(alone, "patch", "arkrun", "blog-0", "--type=merge", "-p", '{"spec":{"maxTokens":1}}')

    assert (result.returncode, result.stdout, result.stderr) == (1, "", REFUSED)


def test_a_server_side_apply_shows_the_refusal(alone: Arena) -> None:
    """It is the same message as for a patch, without any JSON."""
    arguments = ("apply", "--server-side", "--force-conflicts", "-f", "-")

    assert kubectl(alone, *arguments, document=rewritten(alone)).stderr == REFUSED


def test_a_client_side_apply_shows_the_refusal(alone: Arena) -> None:
    """It is the same message as for a patch, below kubectl's own warning."""
    labels = {"arkonis.dev/team": "blog"}
    result = kubectl(alone, "apply", "-f", "-", document=rewritten(alone, labels=labels))

    assert result.stderr.endswith(REFUSED)


def test_kubectl_replace_shows_the_refusal(alone: Arena) -> None:
    """For a file with another value and without the label, it lists both changes."""
    assert kubectl(alone, "replace", "-f", "-", document=rewritten(alone)).stderr == (
        'The ArkRun "blog-0" is invalid: \n'
        "* spec.maxTokens: 9000 -> 1\n"
        '* metadata.labels["arkonis.dev/team"]: removed, was "blog"\n'
        f"{ADVICE}"
    )


def test_kubectl_edit_shows_the_refusal(alone: Arena, tmp_path: Path) -> None:
    """The editor is reopened with the refusal at the top of the file."""
    editor = tmp_path / "editor"
    reopened = tmp_path / "reopened"
    editor.write_text(
        f'#!/bin/sh\nif grep "^# \\*" "$1" > {reopened}; then exit 0; fi\n'
        "sed -i 's/maxTokens: 9000/maxTokens: 1/' \"$1\"\n"
    )
    editor.chmod(0o755)
    plane = alone.control_plane
    command = [str(plane.programs / "kubectl"), "-n", alone.namespace, "edit", "arkrun", "blog-0"]
    environment = {**plane.environment(), "EDITOR": str(editor)}
    subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert reopened.read_text() == (
        "# * spec.maxTokens: 9000 -> 1\n"
        "# * spec: an ArkRun is a record, its spec and team label are written once: "
        "create a new run instead\n"
    )


def test_kubectl_label_shows_the_refusal(alone: Arena) -> None:
    """It names the removed label and its value."""
    assert kubectl(alone, "label", "arkrun", "blog-0", "arkonis.dev/team-").stderr == (
        'The ArkRun "blog-0" is invalid: \n'
        f'* metadata.labels["arkonis.dev/team"]: removed, was "blog"\n{ADVICE}'
    )


def test_a_run_of_a_missing_team_is_refused_with_a_remedy(alone: Arena) -> None:
    """The refusal of a create is a single sentence."""
    document = {
        "apiVersion": "arkonis.dev/v1alpha1",
        "kind": "ArkRun",
        "metadata": {"name": "lost"},
        "spec": {"teamRef": "nobody"},
    }

    assert kubectl(alone, "create", "-f", "-", document=document).stderr == (
        'The ArkRun "lost" is invalid: spec.teamRef: ArkTeam "nobody" does not exist in namespace "arena": '
        "create it first, or correct spec.teamRef\n"
    )
