"""Field paths of messages: `spec.roles[2].model`, `metadata.labels["arkonis.dev/team"]`."""

from __future__ import annotations

import json
import re

KEY_LIMIT = 80
"""Characters of a key that a path shows."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def member(path: str, key: str | int) -> str:
    """Extend a field path by a key, cut when it is long, or an index."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if len(key) > KEY_LIMIT:
        key = f"{key[: KEY_LIMIT - 1]}…"
    return f"{path}.{key}" if _PLAIN_KEY.fullmatch(key) else f"{path}[{json.dumps(key)}]"
