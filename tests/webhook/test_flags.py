"""What `arkrun-webhook serve` says to settings that it cannot use."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

PROGRAM = str(Path(sys.executable).with_name("arkrun-webhook"))


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        (
            "ARKRUN_CERT_IP_ADDRESSES",
            (
                "--cert-ip-addresses: Input is not a valid IPv4 address; "
                "--cert-ip-addresses: Input is not a valid IPv6 address"
            ),
        ),
        ("ARKRUN_PORT", "--port: Input should be a valid integer, unable to parse string as an integer"),
        (
            "ARKRUN_CERT_LEAF_VALIDITY",
            (
                '--cert-leaf-validity: Value error, "x" is not a duration: '
                'write a number and s, m, h or d, such as "30d"'
            ),
        ),
    ],
)
def test_a_wrong_setting_is_named_by_its_flag(variable: str, message: str) -> None:
    """Also one whose check is the certificates' own."""
    done = subprocess.run(
        [PROGRAM, "serve"], env={variable: "x"}, capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.returncode, done.stderr) == (1, f"arkrun-webhook: {message}\n")
