"""`crd-gen check` of a whole project: what every CI runs, so it imports as little as it can."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from crd_gen.output import differences, project_files
from crd_gen.project import find


def check_project() -> int:
    """Compare every generated file of the project; give the exit code. Raises CrdGenError."""
    project = find(Path.cwd())
    return tell(project.root, project_files(project))


def tell(root: Path, files: Mapping[Path, str]) -> int:
    """Say whether the files are what the models say; give the exit code."""
    if diff := differences(files, root):
        sys.stdout.write(diff)
        sys.stderr.write("generated files are stale: run `crd-gen write` and commit what it wrote\n")
        return 1
    sys.stdout.write(f"{len(files)} files are up to date\n")
    return 0
