r"""Patterns that Rust's engine (pydantic) and Go's (the API server) read alike.

Both are RE2's children, so look-around and back-references are refused by pydantic already.
What is left: Rust's \d, \w, \s and \b know Unicode, Go's know ASCII only; Rust has set
operations in classes and the flag x; Go repeats at most 1000 times (regexp/syntax).
"""

import re

GO_REPEAT_MAX = 1000

_DIFFERENT = (
    (re.compile(r"(\(\?<?[=!])"), "uses the look-around {0}, which Go does not know"),
    (re.compile(r"(?<!\\)(?:\\\\)*(\\[1-9])"), "uses the back-reference {0}, which Go does not know"),
    (
        re.compile(r"(?<!\\)(?:\\\\)*(\\[dDwWsSbB])"),
        "uses {0}, Unicode for pydantic and ASCII for Go: write [0-9]",
    ),
    (re.compile(r"(?<!\\)(?:\\\\)*(\\[<>uU])"), "uses {0}, which Go does not know"),
    (re.compile(r"(\(\?[a-zA-Z]*[xuR][a-zA-Z-]*[:)])"), "uses the flags {0}, which Go does not know"),
    (re.compile(r"(&&|~~|\[[^\]]*--)"), "uses the set operation {0}, which Go reads as characters"),
    (re.compile(r"(\[[^\]\\]*\[(?!:))"), "nests a class in {0}, which Go reads as a character: write \\["),
)
_REPEAT = re.compile(r"(?<!\\)(?:\\\\)*\{(\d+)(?:,(\d*))?\}")


def trouble_in(pattern: str) -> str:
    """Say what the two engines would read differently; empty if nothing."""
    for look, problem in _DIFFERENT:
        if found := look.search(pattern):
            return problem.format(found[1])
    counts = [int(number) for found in _REPEAT.finditer(pattern) for number in found.groups() if number]
    if counts and max(counts) > GO_REPEAT_MAX:
        return f"repeats {max(counts)} times; Go allows {GO_REPEAT_MAX}"
    return ""
