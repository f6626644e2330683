"""The pre-commit hooks and the GitHub Action, tried in a repository that uses them."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from crd_gen.manifests.yaml import load
from support.crd_gen_cli import crd_gen

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(sys.executable)
MODEL = """\
from typing import ClassVar

from crd_gen import CustomResource, Names, Node, Version


class Spec(Node):
    size: int = 1
    name: str = "a"


class Box(CustomResource):
    names: ClassVar = Names(group="example.com", kind="Box", plural="boxes")
    version: ClassVar = Version(name="v1")
    spec: Spec
"""

PROJECT = """
[project]
name = "boxes"
version = "1"

[tool.setuptools]
py-modules = ["api"]
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with one kind, whose definition is committed."""
    (tmp_path / "api.py").write_text(MODEL)
    (tmp_path / "pyproject.toml").write_text('[tool.crd-gen]\nmodels = ["api:Box"]\n')
    assert crd_gen(tmp_path, "write").code == 0
    git = ["git", "-c", "user.email=a@example.com", "-c", "user.name=a"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *arguments], cwd=tmp_path, check=True)
    return tmp_path


def run(
    folder: Path, command: str, environment: Mapping[str, str] = MappingProxyType({}), python: Path = PYTHON
) -> tuple[int, str]:
    """Run a command of a hook or step with a Python, by default that of the tests."""
    env = {**os.environ, **environment, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-e", "-c", command], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def hook(name: str) -> str:
    """Return the command of a hook."""
    (hooks,) = load((ROOT / ".pre-commit-hooks.yaml").read_text(), "hooks")
    (entry,) = [hook["entry"] for hook in hooks if hook["id"] == name]
    return shlex.join(shlex.split(entry))


def test_hook_fails_until_the_files_are_written(repository: Path) -> None:
    """The check fails with a stale file, and passes after the hook that writes it."""
    # Of another length: Python takes a file of the same size and second for the one that it compiled.
    (repository / "api.py").write_text(MODEL.replace("size: int = 1", "size: int = 20"))

    assert run(repository, hook("crd-gen-check"))[0] == 1
    assert run(repository, hook("crd-gen-write")) == (
        0,
        "wrote crds/example.com_boxes.yaml\n1 file, 1 changed\n",
    )
    assert run(repository, hook("crd-gen-check")) == (0, "1 file is up to date\n")


def steps(*, install: bool = False, **inputs: str) -> list[tuple[str, dict[str, str]]]:
    """Return the commands of the action's steps that run with some inputs, with their environment."""
    (action,) = load((ROOT / "crd-gen" / "action.yml").read_text(), "action.yml")
    values = {name: declared["default"] for name, declared in action["inputs"].items()} | inputs
    return [
        (step["run"], {name: filled(text, values) for name, text in step.get("env", {}).items()})
        for step in action["runs"]["steps"]
        if (install or step["name"] != "Install") and runs(step.get("if", ""), values)
    ]


def filled(text: str, values: dict[str, str]) -> str:
    """Return a text with the inputs that it refers to."""
    for name, value in values.items():
        text = text.replace(f"${{{{ inputs.{name} }}}}", value)
    return text


def runs(condition: str, values: dict[str, str]) -> bool:
    """Return True if every input that a condition names is given."""
    return all(values[name] for name in values if f"inputs.{name} != ''" in condition)


def results(folder: Path, commands: list[tuple[str, dict[str, str]]]) -> list[tuple[int, str]]:
    """Run steps; return their exit codes and outputs."""
    return [run(folder, command, environment) for command, environment in commands]


def test_action_reports_a_change_that_breaks_clients(repository: Path) -> None:
    """The action checks the files, and fails for a removed field."""
    (repository / "api.py").write_text(MODEL.replace('    name: str = "a"\n', ""))
    assert run(repository, "crd-gen write")[0] == 0

    found = results(repository, steps(base="HEAD", sarif="crds.sarif"))

    assert found == [
        (0, "1 file is up to date\n"),
        (0, ""),
        (
            1,
            (
                "breaking   boxes.example.com v1 spec.name: field removed, and its data is pruned"
                " [field-removed]\n"
            ),
        ),
    ]
    assert load((repository / "crds.sarif").read_text(), "crds.sarif")[0]["version"] == "2.1.0"


def test_action_accepts_a_waived_change(repository: Path) -> None:
    """A change in the file of waivers does not fail the action."""
    (repository / "api.py").write_text(MODEL.replace('    name: str = "a"\n', ""))
    (repository / "waivers.toml").write_text(
        '[[waiver]]\ndefinition = "boxes.example.com"\npath = "spec.name"\ncode = "field-removed"\n'
        'reason = "nobody sent it"\nexpires = 2999-01-01\n'
    )
    assert run(repository, "crd-gen write")[0] == 0

    found = results(repository, steps(base="HEAD", waivers="waivers.toml"))

    assert [code for code, _ in found] == [0, 0]


def test_action_without_a_base_only_checks(repository: Path) -> None:
    """Without a revision there is nothing to compare."""
    assert results(repository, steps()) == [(0, "1 file is up to date\n")]


def test_action_installs_crd_gen_and_the_project(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In an empty environment; crd-gen is that of the action's own revision."""
    with (repository / "pyproject.toml").open("a") as file:
        file.write(PROJECT)
    environment = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin" / "python"

    outputs = [
        run(repository, command, {**env, "GITHUB_ACTION_PATH": str(ROOT / "crd-gen")}, python)
        for command, env in steps(install=True, base="HEAD")
    ]

    assert [code for code, _ in outputs] == [0, 0, 0], outputs
    assert (environment / "bin" / "crd-gen").exists()


def test_distribution_installs_with_few_packages(tmp_path: Path) -> None:
    """`pip install crd-gen` brings at most 14 packages and 45 MB, and the command starts."""

    def run_here(*command: str | Path) -> str:
        done = subprocess.run(
            [str(part) for part in command], cwd=tmp_path, check=True, capture_output=True, text=True
        )
        return done.stdout

    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")
    run_here(*pip, "--wheel-dir", tmp_path, ROOT / "crd-gen")
    (wheel,) = tmp_path.glob("crd_gen-*.whl")
    run_here(sys.executable, "-m", "venv", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    site = Path(run_here(python, "-c", "import site; print(site.getsitepackages()[0])").strip())
    before = installed(site)
    run_here(python, "-m", "pip", "install", "--quiet", "--no-compile", wheel)

    added = installed(site) - before
    size = sum(file.stat().st_size for file in site.rglob("*") if file.is_file())
    pip_size = sum(file.stat().st_size for file in (site / "pip").rglob("*") if file.is_file())
    assert len(added) <= 14, sorted(added)
    assert size - pip_size <= 45_000_000
    assert "crd-gen" in run_here(python, "-m", "crd_gen", "--help")


def installed(site: Path) -> set[str]:
    """Return the distributions in a folder of packages."""
    return {folder.name for folder in site.glob("*.dist-info")}
