"""The comparison of generated files with the models, for `crd-gen check`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from crd_gen.output.files import differences, project_files
from crd_gen.project.config import find


def check_project() -> int:
    """Compare every generated file of the project; return the exit code. Raises CrdGenError."""
    project = find(Path.cwd())
    return report_stale(project.root, project_files(project))


def report_stale(root: Path, files: Mapping[Path, str]) -> int:
    """Print a diff of the files that are stale; return the exit code."""
    if diff := differences(files, root):
        sys.stdout.write(diff)
        sys.stderr.write("generated files are stale: run `crd-gen write` and commit the result\n")
        return 1
    sys.stdout.write(f"{len(files)} files are up to date\n")
    return 0
