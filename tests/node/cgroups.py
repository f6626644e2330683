"""A cgroup for all pods of a run, found again by its name after a crash."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PREFIX = "arkrun-node-"
V2 = ROOT / "cgroup.controllers"


@contextmanager
def cgroup(children: list[str]) -> Iterator[str]:
    """Create a cgroup with these children in every hierarchy, and yield its name.

    Its name is this process's id; those of processes that were killed are removed first.
    """
    hierarchies = [ROOT] if V2.exists() else [path.parent for path in ROOT.glob("*/cgroup.procs")]
    for hierarchy in hierarchies:
        for found in hierarchy.glob(f"{PREFIX}*"):
            if not Path("/proc", found.name.removeprefix(PREFIX)).exists():
                _remove(found)
    name = f"{PREFIX}{os.getpid()}"
    tops = [hierarchy / name for hierarchy in hierarchies]
    try:
        for top in tops:
            _make(top, children)
            _favour(top)
        yield name
    finally:
        for top in tops:
            _remove(top)


def _make(top: Path, children: list[str]) -> None:
    for path in (top, *(top / child for child in children)):
        path.mkdir()
        if V2.exists():
            controllers = " ".join(f"+{each}" for each in V2.read_text().split())
            (path.parent / "cgroup.subtree_control").write_text(controllers)
        # Version 1 gives a new set no processor at all.
        for name in ("cpuset.cpus", "cpuset.mems") if not V2.exists() else ():
            if (path / name).exists():
                (path / name).write_text((path.parent / name).read_text())


def _favour(top: Path) -> None:
    """Raise the CPU weight of pods: all together count as one program beside those of the host."""
    for name, most in {"cpu.shares": "262144", "cpu.weight": "10000"}.items():
        if (top / name).exists():
            (top / name).write_text(most)


def _remove(top: Path) -> None:
    for path, _, _ in os.walk(top, topdown=False):
        with suppress(OSError):
            Path(path).rmdir()
