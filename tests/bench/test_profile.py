"""The profile measures the real thing: `make profile` sends reviews that are answered as the rules say."""

import os
import re
import subprocess
import sys

from bench.payloads import OPERATIONS
from bench.servers import TESTS


def test_every_kind_of_review_can_be_profiled() -> None:
    """A command that nobody runs every day still runs; it checks the answers itself."""
    command = [sys.executable, "-m", "bench.profile", "--kilobytes", "7", "--functions", "0", "--count", "1"]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, env=environment)
    lines = [re.sub(r"\d+ µs", "N µs", line) for line in done.stdout.splitlines()]

    assert (lines, done.stderr) == (
        [f"{operation} 7 KB: null N µs, ours N µs" for operation in OPERATIONS],
        "",
    )
