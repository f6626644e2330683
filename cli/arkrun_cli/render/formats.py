"""The output formats of -o: name, JSON and YAML."""

from __future__ import annotations

import json
import re
import sys
from enum import StrEnum
from typing import Any

from arkrun_cli.render.terminal import is_safe

Json = dict[str, Any]

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$")


class Format(StrEnum):
    """The values of -o for an existing object."""

    JSON = "json"
    YAML = "yaml"


class ReportFormat(StrEnum):
    """The values of -o for a report."""

    JSON = "json"


class CreatedFormat(StrEnum):
    """The values of -o for an object that the command creates."""

    NAME = "name"
    JSON = "json"
    YAML = "yaml"


def resource_name(run: Json) -> str:
    """Return a run's name as kubectl prints it."""
    return f"arkrun.arkonis.dev/{run['metadata']['name']}"


def format_object(run: Json, output: CreatedFormat) -> str:
    """Format a run without a final line end."""
    if output == CreatedFormat.NAME:
        return resource_name(run)
    if output == CreatedFormat.JSON:
        return format_json(run)
    import yaml  # noqa: PLC0415 - `ark --help` is fast

    class Dumper(yaml.SafeDumper):
        """Quotes texts that YAML 1.2 takes for numbers, such as 1e3, which YAML 1.1 does not."""

    Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _NUMBER, list("-0123456789"))
    readable = _is_readable(json.dumps(run, ensure_ascii=False))
    return str(yaml.dump(run, Dumper=Dumper, sort_keys=False, allow_unicode=readable)).rstrip("\n")


def format_json(value: object) -> str:
    """Format a value as indented JSON; what could control a terminal is escaped, so nothing is lost."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return text if _is_readable(text) else json.dumps(value, indent=2)


def _is_readable(text: str) -> bool:
    """Return True if a terminal can show every character as it is, in the encoding of stdout."""
    encoding = (sys.stdout.encoding or "").lower()
    return is_safe(text) and (text.isascii() or encoding.startswith("utf"))
