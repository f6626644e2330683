"""The cache of built programs, shared by all checkouts."""

import os
from collections.abc import Mapping
from pathlib import Path

from controlplane.programs.tools import Tool


def cache(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of this project in the user's cache."""
    home = environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME") or Path.home()) / ".cache"
    return Path(home) / "arkrun"


def cached(tool: Tool, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the path of a tool's version in the cache."""
    return cache(environment) / "bin" / tool.name / tool.version / tool.name
