"""Whether a text can be an RE2 pattern, without RE2.

Only what RE2 certainly refuses is named (github.com/google/re2/wiki/Syntax), so a finding here is
worth a warning, not a refusal: Python's own `re` knows another dialect and is not asked.
"""

from __future__ import annotations

import re

# RE2 refuses larger counted repetitions.
REPEAT_LIMIT = 1000

_CLASS = r"\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]"
_TOKEN = re.compile(
    rf"(?P<quote>\\Q.*?(?:\\E|$))|(?P<back>\\[1-9]|\\k[<{{'])|(?P<escape>\\.)|(?P<class>{_CLASS})"
    r"|(?P<look>\(\?(?:=|!|<=|<!))|(?P<atomic>\(\?>)|(?P<condition>\(\?\()|(?P<possessive>[*+?}]\+)"
    r"|(?P<repeat>\{(?P<least>\d+)(?:,(?P<most>\d*))?\})|(?P<open>\()|(?P<close>\))|(?P<stray>[\[\\])|.",
    re.DOTALL,
)
_LACKING = {
    "back": "RE2 has no backreferences",
    "look": "RE2 has no look-around",
    "atomic": "RE2 has no atomic groups",
    "condition": "RE2 has no conditionals",
    "possessive": "RE2 has no possessive quantifiers",
}


def problem(pattern: str) -> str:
    """Say why RE2 would not compile a pattern; "" when nothing speaks against it."""
    depth = 0
    for token in _TOKEN.finditer(pattern):
        kind = token.lastgroup or ""
        if kind in _LACKING:
            return _LACKING[kind]
        if kind == "stray":
            return "a class is not closed" if token[0] == "[" else "it ends with a backslash"
        counts = [int(count) for count in (token["least"], token["most"]) if count]
        if max(counts, default=0) > REPEAT_LIMIT:
            return f"RE2 repeats at most {REPEAT_LIMIT} times"
        depth += (kind == "open") - (kind == "close")
        if depth < 0:
            return "a closing parenthesis has no opening one"
    return "a parenthesis is not closed" if depth else ""
