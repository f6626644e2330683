"""Build the two peers that are not Python, into the cache that the control plane's programs have."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from bench.errors import BuildError

HERE = Path(__file__).resolve().parent
_LAST_LINES = 20


def build_go(progress: Callable[[str], None]) -> Path:
    """Build the controller-runtime peer; raises BuildError."""
    program = _cache() / "peer-go"
    command = ["go", "build", "-trimpath", "-o", str(program), "."]
    _run(command, HERE / "peer-go", {"CGO_ENABLED": "0"}, progress)
    return program


def build_rust(progress: Callable[[str], None]) -> Path:
    """Build the kube-rs peer; raises BuildError."""
    target = _cache() / "peer-rust"
    _run(
        ["cargo", "build", "--release", "--quiet"],
        HERE / "peer-rust",
        {"CARGO_TARGET_DIR": str(target)},
        progress,
    )
    return target / "release" / "arkrun-bench-peer"


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "arkrun" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _run(command: list[str], folder: Path, more: dict[str, str], progress: Callable[[str], None]) -> None:
    if shutil.which(command[0]) is None:
        raise BuildError(f"{command[0]} is not on the PATH: install it, or leave this peer out (--servers)")
    progress(f"bench: building {folder.name} (minutes when the cache is cold)")
    environment = {**os.environ, **more}
    done = subprocess.run(
        ["nice", "-n", "15", *command],
        check=False,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        tail = "\n".join(done.stderr.splitlines()[-_LAST_LINES:])
        raise BuildError(f"{' '.join(command)} failed in {folder.name}:\n{tail}")
