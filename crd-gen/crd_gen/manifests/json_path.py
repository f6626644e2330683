"""JSONPaths of printer columns in one form (client-go, util/jsonpath)."""

from __future__ import annotations

import re

_KEY = re.compile(r"\['([^']*)'\]")
_FILTER = re.compile(
    r"""\[\?\(\s*(?P<left>@[^!<>=\s]*)\s*(?P<operator>==|!=|<=?|>=?)\s*(?P<quote>['"])(?P<text>[^'"]*)(?P=quote)\s*\)\]"""
)


def normalize_path(path: str) -> str:
    """Return a path with `.key` for `['key']`, and its filters without spaces and with double quotes."""
    return _KEY.sub(r".\1", _FILTER.sub(r'[?(\g<left>\g<operator>"\g<text>")]', path))
