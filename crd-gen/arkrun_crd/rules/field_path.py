"""Field paths in messages: `spec.roles[2].model`, `metadata.labels["arkonis.dev/team"]`."""

from __future__ import annotations

import json
import re

KEY_LIMIT = 80
"""Maximum length of a key in a path."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def member(path: str, key: str | int) -> str:
    """Append a key, truncated if it is long, or an index to a field path."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if len(key) > KEY_LIMIT:
        key = f"{key[: KEY_LIMIT - 1]}…"
    return f"{path}.{key}" if _PLAIN_KEY.fullmatch(key) else f"{path}[{json.dumps(key)}]"
