"""The comparison of generated files with the models, for `crd-gen check`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from crd_gen.output.files import differences


def report_stale(
    root: Path, files: Mapping[Path, str], orphaned: Iterable[Path] = (), declared: Iterable[str] = ()
) -> int:
    """Print a diff of the files that are stale, and the checks that stay in Python; return the exit code."""
    for line in declared:
        sys.stderr.write(f"{line}\n")
    diff = differences(files, root)
    unowned = [f"{path.relative_to(root).as_posix()} belongs to no model\n" for path in orphaned]
    if diff or unowned:
        sys.stdout.write(diff + "".join(unowned))
        sys.stderr.write("generated files are stale: run `crd-gen write` and commit the result\n")
        return 1
    sys.stdout.write("1 file is up to date\n" if len(files) == 1 else f"{len(files)} files are up to date\n")
    return 0
