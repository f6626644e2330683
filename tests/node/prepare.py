"""`python -m node.prepare`: build the programs and images in advance, which takes minutes."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from controlplane import ControlPlaneError
from controlplane.programs.binaries import find, find_helm3, find_tools
from node.programs import needs
from node.programs.images import Builder
from node.programs.tools import ALL


@dataclass(frozen=True)
class Prepared:
    """The node's programs, and OCI archives of the images."""

    programs: tuple[Path, ...]
    images: tuple[Path, ...]


def prepare(progress: Callable[[str], None]) -> Prepared:
    """Build missing programs and images; raises ControlPlaneError if this machine lacks a requirement."""
    needs.check()
    find(progress)
    find_helm3(progress)
    programs = find_tools(ALL, progress)
    return Prepared(tuple(programs.values()), tuple(Builder(progress).archives()))


def say(line: str) -> None:
    """Print progress to stderr; stdout is for results."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        prepare(say)
    except ControlPlaneError as error:
        sys.exit(str(error))
