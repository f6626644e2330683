"""A cgroup for all pods of a run; its name identifies it after a crash."""

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

    Its name contains this process's id; cgroups of processes that no longer exist are removed first.
    """
    hierarchies = [ROOT] if V2.exists() else [path.parent for path in ROOT.glob("*/cgroup.procs")]
    for hierarchy in hierarchies:
        for path in hierarchy.glob(f"{PREFIX}*"):
            if not Path("/proc", path.name.removeprefix(PREFIX)).exists():
                _remove(path)
    name = f"{PREFIX}{os.getpid()}"
    tops = [hierarchy / name for hierarchy in hierarchies]
    try:
        for top in tops:
            _make(top, children)
            _raise_weight(top)
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
        # In version 1 a new cpuset has no CPUs.
        for name in ("cpuset.cpus", "cpuset.mems") if not V2.exists() else ():
            if (path / name).exists():
                (path / name).write_text((path.parent / name).read_text())


def _raise_weight(top: Path) -> None:
    """Raise the CPU weight, because all pods together would count as one process of the host."""
    for name, most in {"cpu.shares": "262144", "cpu.weight": "10000"}.items():
        if (top / name).exists():
            (top / name).write_text(most)


def _remove(top: Path) -> None:
    for path, _, _ in os.walk(top, topdown=False):
        with suppress(OSError):
            Path(path).rmdir()
