"""Field names in CEL (apiserver, pkg/cel/escaping.go)."""

import re
from typing import Final

RESERVED: Final = frozenset(
    [
        *("true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function"),
        *("if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while"),
    ]
)
_ESCAPED: Final = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}
_IDENTIFIER: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")


def escape(name: str) -> str:
    """Escape a property name for CEL: `if` becomes `__if__`, `a-b` becomes `a__dash__b`.

    Raises ValueError for a name that CEL cannot access.
    """
    if name in RESERVED:
        return f"__{name}__"
    escaped = re.sub(r"__|[./-]", lambda found: _ESCAPED[found[0]], name)
    if not _IDENTIFIER.match(escaped):
        raise ValueError(f"CEL cannot access the field {name!r}")
    return escaped


def unescape(name: str) -> str:
    """Return the property name of a field in CEL, the opposite of escape."""
    if name.strip("_") in RESERVED and name == f"__{name.strip('_')}__":
        return name.strip("_")
    for plain, escaped in _ESCAPED.items():
        name = name.replace(escaped, plain)
    return name
