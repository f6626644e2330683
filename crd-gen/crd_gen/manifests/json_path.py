"""JSONPaths of printer columns in one form (client-go, util/jsonpath)."""

from __future__ import annotations

import re

_PART = re.compile(r"""(?P<filter>\[\?\((?:[^"')]|"[^"]*"|'[^']*')*\)\])|\['(?P<key>[^']*)'\]""")
_FILTER = re.compile(
    r"""\[\?\(\s*(?P<left>@[^!<>=\s]*)\s*(?P<operator>==|!=|<=?|>=?)\s*(?P<quote>['"])(?P<text>[^'"]*)(?P=quote)\s*\)\]"""
)


def normalize_path(path: str) -> str:
    """Return a path with `.key` for `['key']`, and its filters without spaces and with double quotes."""
    return _PART.sub(_normalize_part, path)


def _normalize_part(part: re.Match[str]) -> str:
    if part["filter"] is None:
        return f".{part['key']}"
    return _FILTER.sub(r'[?(\g<left>\g<operator>"\g<text>")]', part["filter"])
