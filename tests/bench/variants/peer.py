"""Build the controller-runtime peer into the cache of the control plane's programs."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from bench.errors import BuildError
from controlplane.errors import GoNotFoundError
from controlplane.programs.cache import cache
from controlplane.programs.toolchain import find_go

SOURCE = Path(__file__).with_name("peer-go")
_LAST_LINES = 20


def build(progress: Callable[[str], None]) -> Path:
    """Build the peer with Go, which rebuilds only changed packages; raises BuildError."""
    try:
        go = find_go([SOURCE / "go.mod"], progress)
    except GoNotFoundError as error:
        raise BuildError(f"{error}: install the Go version in tests/bench/variants/peer-go/go.mod") from None
    program = cache() / "bench" / "peer"
    program.parent.mkdir(parents=True, exist_ok=True)
    progress("bench: building the controller-runtime peer (minutes when Go's cache is cold)")
    done = subprocess.run(
        [str(go), "build", "-trimpath", "-o", str(program), "."],
        check=False,
        cwd=SOURCE,
        # Ignore this machine's GOFLAGS and GOWORK, which could set a vendor folder or a workspace.
        env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOWORK": "off"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        tail = "\n".join(done.stderr.splitlines()[-_LAST_LINES:])
        raise BuildError(f"`go build` failed in {SOURCE}:\n{tail}")
    return program
