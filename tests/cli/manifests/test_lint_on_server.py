"""The verdict of `ark lint` and that of `kubectl apply --dry-run=server`, of manifests that are odd."""

import re
import subprocess
from pathlib import Path

import pytest

from arkrun_cli.commands.lint import lint_all
from arkrun_cli.manifests import read
from arkrun_crd.names import TEAM_PLURAL
from cli.manifests.odd_details import ODD_DETAILS
from cli.manifests.odd_manifests import ODD_MANIFESTS
from controlplane import ControlPlane
from support.builders.objects import team
from support.cluster.installation import Installation
from support.cluster.resources import Resource

# kubectl accepts these beside others, or refuses them without the name of the file.
ALONE = (
    "detail: items with a kind alone",
    "item {apiVersion: arkonis.dev/v1alpha1, kind: ArkTeamList, items: []}",
    "item {apiVersion: v1, kind: ConfigMapList}",
    *("empty", "blank", "comment", "only separators", "null", "json null", "list in a list"),
    *("empty list", "list of a kind with no items", "items of a team"),
)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Write every manifest to a file of its own."""
    found = {}
    for index, (title, text) in enumerate((ODD_MANIFESTS | ODD_DETAILS).items()):
        found[title] = tmp_path / f"m{index:03}.yaml"
        found[title].write_bytes(text if isinstance(text, bytes) else text.encode())
    return found


@pytest.mark.cluster
def test_the_verdict_is_that_of_the_api_server(
    admission: Installation, namespace: str, files: dict[str, Path]
) -> None:
    """Of more than 500 manifests: those that both accept are the same."""
    control_plane = admission.control_plane
    assert Resource(control_plane.api, namespace, TEAM_PLURAL).create(team()).status == 201
    together = {title: file for title, file in files.items() if title not in ALONE}
    refused = _refused(control_plane, namespace, together)
    for title in ALONE:
        refused |= _refused(control_plane, namespace, {title: files[title]})

    found = {
        title for title, file in files.items() if any(f.is_error for f in lint_all([(file, read(file))]))
    }

    assert len(files) > 500
    assert (found - refused, refused - found) == (set(), set())


def _refused(control_plane: ControlPlane, namespace: str, files: dict[str, Path]) -> set[str]:
    """Return the titles of the files that kubectl does not accept."""
    names = [argument for file in files.values() for argument in ("-f", str(file))]
    done = subprocess.run(
        ["kubectl", "apply", "--dry-run=server", "-n", namespace, *names],
        env=control_plane.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if len(files) == 1:
        return set(files) if done.returncode else set()
    named = set(re.findall(r"m\d+\.yaml", done.stderr))
    return {title for title, file in files.items() if file.name in named}
