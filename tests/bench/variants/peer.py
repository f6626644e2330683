"""Build the controller-runtime peer, into the cache that the control plane's programs have."""

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
    """Build it with Go, which knows whether there is anything to do; raises BuildError."""
    try:
        go = find_go([SOURCE / "go.mod"], progress)
    except GoNotFoundError as error:
        raise BuildError(f"{error}: install the Go that tests/bench/variants/peer-go/go.mod names") from None
    program = cache() / "bench" / "peer"
    program.parent.mkdir(parents=True, exist_ok=True)
    progress("bench: building the controller-runtime peer (minutes when Go's cache is cold)")
    done = subprocess.run(
        [str(go), "build", "-trimpath", "-o", str(program), "."],
        check=False,
        cwd=SOURCE,
        # GOFLAGS of the machine could ask for a vendor folder, GOWORK for a workspace: neither is ours.
        env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOWORK": "off"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        tail = "\n".join(done.stderr.splitlines()[-_LAST_LINES:])
        raise BuildError(f"`go build` failed in {SOURCE}:\n{tail}")
    return program
