"""Markdown tables of settings, values, metrics and messages, from the code that defines them."""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any

import yaml
from prometheus_client.metrics import MetricWrapperBase
from pydantic_core import to_jsonable_python

from arkrun_webhook.settings import Settings
from docs import messages

COMMENT = re.compile(r"\s*# ?(.*)")
KEY = re.compile(r"( *)([A-Za-z][A-Za-z0-9]*):.*")


def table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    """Build a Markdown table; vertical bars in cells are escaped.

    Raises ValueError if the number of cells in a row differs from the number of columns.
    """
    lines = [head, tuple("---" for _ in head), *rows]
    if uneven := next((line for line in lines if len(line) != len(head)), None):
        raise ValueError(f"{len(uneven)} cells for {len(head)} columns: {uneven}")
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def settings_table() -> str:
    """Return every setting of `arkrun-webhook serve`: environment, flag, default, meaning."""
    return table(("environment", "flag", "default", "meaning"), _settings())


def refusals_table() -> str:
    """Return every refusal of the webhook with its cause and cure."""
    return table(("message", "reason and code", "cause", "remedy"), messages.refusal_rows())


def policies_table(template: str) -> str:
    """Return every message of the admission policies with its cause and cure."""
    return table(("message", "cause", "remedy"), messages.policy_rows(template))


def findings_table() -> str:
    """Return the findings of the pipeline rules."""
    return table(("message", "effect"), messages.finding_rows())


def calls_table() -> str:
    """Return the HTTP responses to calls without a valid AdmissionReview."""
    return table(("status", "reason", "body"), messages.call_rows())


def metrics_table(module: ModuleType) -> str:
    """Return every metric of a module."""
    return table(("metric", "labels", "meaning"), _metrics(module))


def values_table(text: str) -> str:
    """Return every leaf of values.yaml with the comment above it."""
    return table(("value", "default", "meaning"), _values(text))


def _settings() -> Iterator[tuple[str, ...]]:
    for name, field in Settings.model_fields.items():
        flag = "--" + name.replace("_", "-")
        yield f"`ARKRUN_{name.upper()}`", f"`{flag}`", _code(field.default), field.description or ""


def _metrics(module: ModuleType) -> Iterator[tuple[str, ...]]:
    for variable, labels in _label_names(module):
        (family,) = getattr(module, variable).describe()
        name = f"{family.name}{'_total' if family.type == 'counter' else ''}"
        yield f"`{name}`", ", ".join(f"`{label}`" for label in labels), family.documentation


def _label_names(module: ModuleType) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Read each metric's variable and label names from the source: prometheus_client does not expose them."""
    for statement in ast.parse(inspect.getsource(module)).body:
        match statement:
            case ast.Assign(targets=[ast.Name(variable)], value=ast.Call(args=[_, _, *rest])):
                if isinstance(getattr(module, variable), MetricWrapperBase):
                    yield variable, ast.literal_eval(rest[0]) if rest else ()


def _code(value: Any) -> str:
    if isinstance(value, timedelta):
        return f"`{value.days}d`" if value.days else f"`{value.seconds}s`"
    if value in (None, "", (), {}):
        return ""
    return f"`{value if isinstance(value, str) else json.dumps(to_jsonable_python(value))}`"


def _values(text: str) -> Iterator[tuple[str, ...]]:
    """Parse line by line, because the parsed document has no comments."""
    path: list[str] = []
    comment: list[str] = []
    document = yaml.safe_load(text)
    for line in text.splitlines():
        if key := KEY.fullmatch(line):
            depth = len(key[1]) // 2
            path[depth:] = [key[2]]
            value = _at(document, path)
            if not (isinstance(value, dict) and value):
                yield f"`{'.'.join(path)}`", f"`{json.dumps(value)}`", " ".join(comment)
            comment = []
        elif note := COMMENT.fullmatch(line):
            comment.append(note[1])
        else:
            comment = []


def _at(document: Any, path: list[str]) -> Any:
    for key in path:
        document = document[key]
    return document
