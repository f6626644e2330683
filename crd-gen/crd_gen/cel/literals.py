"""Constant arguments that are checked when an expression is compiled (cel-go, cel/validator.go)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

from crd_gen.cel.ast import Call, Expression, ListOf, Literal
from crd_gen.cel.typing.type import Type
from crd_gen.errors import CelError
from crd_gen.formats import regex, strfmt

_GO_DURATION = re.compile(r"[-+]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)\Z")
_GO_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_LONGEST = 2.0**63 / 1e9
_CLAUSE = re.compile(r"%(?:(?P<escape>%)|(?P<precision>\.\d+)?(?P<verb>.)?)", re.DOTALL)
_ANY = (
    "string",
    "bool",
    "int",
    "uint",
    "double",
    "bytes",
    "timestamp",
    "duration",
    "null",
    "type",
    "list",
    "map",
)
_VERBS = {
    "s": _ANY,
    "d": ("int", "uint"),
    "f": ("double",),
    "e": ("double",),
    "b": ("int", "uint", "bool"),
    "o": ("int", "uint"),
    "x": ("int", "uint", "string", "bytes"),
    "X": ("int", "uint", "string", "bytes"),
}


def check_literal_argument(name: str, call: Call, types: Mapping[int, Type]) -> None:
    """Check a pattern, time, duration or format that is a constant. Raises CelError."""
    if name == "format" and call.target is not None:
        _format(call, types)
        return
    if not call.arguments:
        return
    argument = call.arguments[-1 if name == "matches" else 0]
    if not isinstance(argument, Literal):
        return
    problem = ""
    if name in _CHECKS and isinstance(argument.value, str):
        problem = _CHECKS[name](argument.value)
    elif name in _CONVERSIONS and len(call.arguments) == 1 and not _converts(name, argument):
        problem = f"{name}() cannot convert {argument.value!r}"
    if problem:
        raise CelError(problem, argument.column)


def _converts(name: str, literal: Literal) -> bool:
    """Return True if a conversion of a constant, which the server makes at once, succeeds."""
    value = literal.value
    if value is None:
        return False
    if isinstance(value, str):
        return name not in _TEXTS or _TEXTS[name](value)
    if isinstance(value, int | float) and not isinstance(value, bool) and name in _RANGES:
        return math.isfinite(value) and int(value) in _RANGES[name]
    return True


def _is_double(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text == text.strip()


_RANGES = {"int": range(-(2**63), 2**63), "uint": range(2**64)}
_TEXTS: dict[str, Callable[[str], bool]] = {
    "int": lambda text: bool(re.fullmatch("[-+]?[0-9]+", text)) and int(text) in _RANGES["int"],
    "uint": lambda text: bool(re.fullmatch("[0-9]+", text)) and int(text) in _RANGES["uint"],
    "bool": lambda text: (
        text in ("1", "t", "T", "true", "TRUE", "True", "0", "f", "F", "false", "FALSE", "False")
    ),
    "double": _is_double,
}
_CONVERSIONS = frozenset(("bool", "bytes", "double", "duration", "int", "string", "timestamp", "uint"))


def _pattern(text: str) -> str:
    reason = regex.problem(text)
    return f"pattern {text!r} does not compile in Go: {reason}" if reason else ""


def _duration(text: str) -> str:
    if not _GO_DURATION.match(text):
        return f"{text!r} is not a duration, such as '1h30m'"
    seconds = sum(float(number) * _UNITS[unit] for number, unit in _GO_PART.findall(text))
    return "" if seconds < _LONGEST else f"{text!r} is longer than 292 years, the longest duration"


def _timestamp(text: str) -> str:
    if strfmt.is_date_time(text) and text[:4] != "0000":
        return ""
    return f"{text!r} is not a time from the year 1 on, such as '2026-03-17T10:00:00Z'"


_CHECKS: dict[str, Callable[[str], str]] = {
    "matches": _pattern,
    "find": _pattern,
    "findAll": _pattern,
    "duration": _duration,
    "timestamp": _timestamp,
}


def _format(call: Call, types: Mapping[int, Type]) -> None:
    """Check the clauses of a constant format against its arguments (cel-go, ext/formatting.go)."""
    target, arguments = call.target, call.arguments[0] if call.arguments else None
    if (
        not isinstance(target, Literal)
        or not isinstance(target.value, str)
        or not isinstance(arguments, ListOf)
    ):
        return
    items = list(arguments.items)
    for clause in _CLAUSE.finditer(target.value):
        if clause["escape"]:
            continue
        verb = clause["verb"] or ""
        if verb not in _VERBS:
            raise CelError(f"unknown format clause {clause[0]!r}; known: %{', %'.join(_VERBS)}", call.column)
        if not items:
            raise CelError(f"format has no argument for {clause[0]!r}", call.column)
        _argument(items.pop(0), verb, types)
    if items:
        raise CelError(f"format has {len(items)} arguments too many", call.column)


def _argument(item: Expression, verb: str, types: Mapping[int, Type]) -> None:
    found = types[id(item)]
    if found.kind not in (*_VERBS[verb], "dyn", "param"):
        raise CelError(f"%{verb} does not format a value of type {found}", item.column)
