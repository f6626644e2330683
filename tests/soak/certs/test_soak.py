"""A short run of `make soak-certs`."""

import re
import subprocess
import sys

import pytest

from support.repository import TESTS

pytestmark = [pytest.mark.slow, pytest.mark.cluster]


def test_no_create_fails_during_ca_rotations_under_load() -> None:
    """Three webhook processes rotate their CA three times while clients create runs; no create fails."""
    options = ("--rolls=3", "--every=1", "--leaf-validity=10m", "--no-drop")
    command = [sys.executable, "-m", "soak.certs", *options]

    done = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, check=False)

    last = done.stdout.splitlines()[-1]
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(r"3 of 3 rotations, [1-9]\d+ requests, 0 failures, slowest \d+ ms, \d+ s", last), last
