"""`ark verify --filename`: runs in a file, without a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from arkrun_cli.commands.verify.outcome import Outcome, verify_runs
from arkrun_cli.seal.exported import read_runs
from arkrun_cli.seal.keys import keys_of_files

__all__ = ["verify_file"]


def verify_file(file: Path, keys: Sequence[Path], *, as_json: bool) -> int:
    """Verify the runs of a file without a cluster, and return the exit code. Raises BadInputError."""
    known = keys_of_files(keys)
    runs = list(read_runs(file))
    outcome = Outcome(as_json=as_json, every=len(runs) == 1)
    verify_runs(runs, known, outcome)
    return outcome.finish()
