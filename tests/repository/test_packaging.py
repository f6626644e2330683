"""The wheel, installed in an empty venv without the checkout."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support.repository import ROOT

SOURCES = ("crd-gen", "kube", "certs", "webhook", "cli", "history", "pyproject.toml", "README.md", "LICENSE")
PACKAGES = (
    "arkrun_crd",
    "arkrun_kube",
    "arkrun_certs",
    "arkrun_webhook",
    "arkrun_cli",
    "arkrun_history",
)

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command and return its output; the assertion shows the output of a failed command."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both distributions from a copy that is deleted before anything is installed."""
    checkout = tmp_path_factory.mktemp("checkout")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, checkout / name)
    dist = tmp_path_factory.mktemp("dist")
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")
    run(*pip, "--wheel-dir", dist, checkout / "crd-gen", checkout, cwd=dist)
    shutil.rmtree(checkout)
    return dist


@pytest.fixture(scope="module")
def wheel(wheels: Path) -> Path:
    """Return the wheel of arkrun."""
    (built,) = wheels.glob("arkrun-*.whl")
    return built


@pytest.fixture(scope="module")
def venv(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the locked dependencies by hash, then the two wheels alone."""
    home = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", home, cwd=home)
    pip = (home / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile")
    run(*pip, "--require-hashes", "-r", ROOT / "requirements.lock", cwd=home)
    run(*pip, "--no-deps", *wheels.glob("*.whl"), cwd=home)
    return home


def test_the_wheel_runs_with_the_locked_dependencies(venv: Path) -> None:
    """The versions in requirements.lock satisfy the wheel's metadata."""
    assert run(venv / "bin" / "pip", "check", cwd=venv) == "No broken requirements found.\n"


@pytest.mark.parametrize(
    ("script", "usage"),
    [
        ("crd-gen", "usage: crd-gen "),
        ("arkrun-webhook", "usage: arkrun-webhook serve "),
        ("arkrun-certs", "Usage: arkrun-certs "),
        ("arkrun-history", "usage: arkrun-history run "),
        ("ark", "Usage: ark "),
        ("kubectl-ark", "Usage: kubectl ark "),  # the name of a kubectl plugin
    ],
)
def test_console_scripts_start_without_the_checkout(venv: Path, script: str, usage: str) -> None:
    """Each console script prints its --help."""
    assert usage in run(venv / "bin" / script, "--help", cwd=venv)


def test_the_wheel_contains_only_the_packages(wheel: Path) -> None:
    """It contains no tests, keys or charts, but py.typed for type checkers."""
    names = zipfile.ZipFile(wheel).namelist()

    tops = {name.split("/")[0] for name in names}
    assert tops == {*PACKAGES, "arkrun-0.1.0.dist-info"}
    assert {name for name in names if name.endswith("py.typed")} == {
        f"{package}/py.typed" for package in PACKAGES
    }
