"""YAML with the same bytes every time, which Go's YAML 1.1 parsers read as Python wrote it."""

from __future__ import annotations

import re
from typing import Any

import yaml

# A word that starts with a letter is a string for every parser, unless it is one of these;
# whatever starts otherwise (1e3, 0o7, .5, +1, ~, =, 1:20) is quoted without asking.
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
_PLAIN = re.compile(r"[A-Za-z]")


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    if "\n" in text:
        style = "|"
    elif _PLAIN.match(text) and text.lower() not in _WORDS:
        style = ""
    else:
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style or None)


_Dumper.add_representer(str, _string)


def dump(document: Any) -> str:
    """Write one document: keys sorted, lists as they are.

    Raises ValueError if the text does not read back as the document.
    """
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=True, allow_unicode=True, width=100)
    if yaml.safe_load(text) != document:
        raise ValueError("the written YAML does not read back as the same document")
    return text
