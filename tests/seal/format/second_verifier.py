"""The second verifier: built once, then asked about many runs."""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from arkrun_crd.seal.keys import PublicKey
from controlplane.programs.cache import cache
from controlplane.programs.toolchain import find_go

SOURCE = Path(__file__).with_name("verifier-go")


def build(directory: Path) -> Path:
    """Compile the verifier into a directory; it needs only Go's standard library."""
    program = directory / "verifier"
    go = find_go([SOURCE / "go.mod"], print)
    settings = {"GOTOOLCHAIN": "local", "GOPROXY": "off", "GOCACHE": str(cache(os.environ) / "go-build")}
    command = [str(go), "build", "-o", str(program), "."]
    subprocess.run(command, cwd=SOURCE, env={**os.environ, **settings}, check=True)
    return program


def states(program: Path, runs: Iterable[Any], keys: Mapping[str, PublicKey]) -> list[str]:
    """Return the state of each run, as the second verifier sees it."""
    lines = "\n".join(json.dumps(run) for run in runs)
    arguments = [key.raw.hex() for key in keys.values()]
    done = subprocess.run([program, *arguments], input=lines, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()
