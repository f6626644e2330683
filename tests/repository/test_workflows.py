"""Workflows and hooks run only make targets, and actions pinned by version."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.repository import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").iterdir())
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").iterdir())


def parsed(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(file.read_text())
    return content


def targets() -> set[str]:
    """Return the documented targets of the Makefile."""
    return set(re.findall(r"^([a-z0-9-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


def steps(file: Path) -> Iterator[dict[str, Any]]:
    for job in parsed(file)["jobs"].values():
        yield from job["steps"]


def commands() -> list[str]:
    """Return the commands of the workflows and of the pre-commit hooks."""
    runs = [step["run"] for file in WORKFLOWS for step in steps(file) if "run" in step]
    repositories = parsed(ROOT / ".pre-commit-config.yaml")["repos"]
    return runs + [hook["entry"] for repository in repositories for hook in repository["hooks"]]


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_there_is_a_workflow_for_checks_and_one_for_releases() -> None:
    assert [file.name for file in WORKFLOWS] == ["checks.yaml", "release.yaml"]


def test_every_command_is_one_documented_make_target() -> None:
    """Everything in a workflow can be run locally with the same command."""
    names = [command.removeprefix("make ") for command in commands() if command.startswith("make ")]

    assert len(names) == len(commands())
    assert set(names) - targets() == set()


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_action_is_pinned_by_version(file: Path) -> None:
    uses = [step["uses"] for step in steps(file) if "uses" in step]

    assert [action for action in uses if not re.fullmatch(r"[\w-]+/[\w-]+@v\d[\d.]*", action)] == []


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_workflows_have_read_permission_and_jobs_a_timeout(file: Path) -> None:
    """A job that needs more permissions requests them itself."""
    workflow = parsed(file)

    assert workflow["permissions"] == {"contents": "read"}
    assert [name for name, job in workflow["jobs"].items() if "timeout-minutes" not in job] == []


def test_a_release_checks_its_tag_first_in_every_job() -> None:
    jobs = parsed(ROOT / ".github" / "workflows" / "release.yaml")["jobs"]

    for job in jobs.values():
        runs = [step for step in job["steps"] if "run" in step]
        assert runs[0] == {"run": "make version-check", "env": {"TAG": "${{ github.ref_name }}"}}


@pytest.mark.parametrize("file", FORMS, ids=lambda file: file.name)
def test_issue_forms_have_the_required_fields(file: Path) -> None:
    """GitHub ignores a form without name, description or body."""
    form = parsed(file)

    assert {"name", "description", "body"} <= form.keys()
    assert all(field["attributes"]["label"] for field in form["body"] if field["type"] != "markdown")


def test_a_tag_of_another_version_is_refused() -> None:
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None

    assert make("-s", "version-check", f"TAG=v{version[1]}").returncode == 0
    refused = make("-s", "version-check", "TAG=v9.9.9")

    assert refused.returncode == 2
    assert refused.stderr.splitlines()[0] == (
        f"version-check: TAG is 'v9.9.9', expected v{version[1]}, the version of pyproject.toml"
    )


def test_the_image_is_tagged_as_the_chart_expects_it() -> None:
    """With REGISTRY the image's name includes the registry; its tag is the chart's appVersion, with no v."""
    app_version = parsed(ROOT / "charts" / "arkrun" / "Chart.yaml")["appVersion"]

    printed = make("-s", "--dry-run", "publish-image", "CONTAINER=docker", "REGISTRY=registry.example/owner")

    assert printed.stdout.splitlines()[-1] == f"docker push registry.example/owner/arkrun:{app_version}"


def test_no_image_is_published_without_a_registry() -> None:
    refused = make("-s", "publish-image", "CONTAINER=true", "IMAGE=arkrun:1")

    assert refused.returncode == 2
    assert refused.stderr.splitlines()[0] == (
        "publish-image: IMAGE is 'arkrun:1', which names no registry: add REGISTRY=registry/path"
    )
