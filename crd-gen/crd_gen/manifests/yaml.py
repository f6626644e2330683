"""YAML as Kubernetes reads it: YAML 1.1 by Go's rules, then as JSON (sigs.k8s.io/yaml, goyaml.v2).

PyYAML differs: it reads 1:30 as 90 and a date as an object, refuses an unquoted `=`, and leaves y, n, 1e3 and
0o7 as text, which Go reads as booleans and numbers.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Hashable
from typing import Any

import yaml

from crd_gen.errors import ProjectError

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?(0[bB][01_]+|0[oO][0-7_]+|0[xX][0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_LARGEST = 2**64


class _Loader(_Base):  # type: ignore[misc]
    """Resolves plain scalars by Go's rules; the keys of a mapping are strings, as in JSON."""


def _scalar(loader: Any, node: Any) -> Any:
    text = loader.construct_scalar(node)
    return text if node.style else _plain(text)


def _plain(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        digits = text.replace("_", "")
        bare = digits.lstrip("+-")
        octal = len(bare) > 1 and bare[0] == "0" and bare[1].isdigit()
        value = int(bare, 8) if octal else int(bare, 0)
        value = -value if digits[0] == "-" else value
        return value if -(2**63) <= value < _LARGEST else float(value)
    return float(text) if _FLOAT.match(text) else text


def _mapping(loader: Any, node: Any) -> dict[str, Any]:
    loader.flatten_mapping(node)
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key: Hashable = loader.construct_object(key_node, deep=True)
        found[_key(key)] = loader.construct_object(value_node, deep=True)
    return found


def _key(key: Any) -> str:
    if isinstance(key, bool) or key is None:
        return {True: "true", False: "false", None: "null"}[key]
    return key if isinstance(key, str) else str(key)


def _binary(_loader: Any, node: Any) -> str:
    return base64.b64decode(node.value).decode("latin-1")


def _as_written(_loader: Any, node: Any) -> Any:
    return node.value


def _tagged(_loader: Any, node: Any) -> Any:
    return _plain(node.value)


_TAG = "tag:yaml.org,2002:"
_Loader.yaml_implicit_resolvers = {"<": [(f"{_TAG}merge", re.compile("<<"))]}
_Loader.add_constructor(f"{_TAG}str", _scalar)
_Loader.add_constructor(f"{_TAG}map", _mapping)
_Loader.add_constructor(f"{_TAG}binary", _binary)
_Loader.add_constructor(f"{_TAG}timestamp", _as_written)
for _name in ("int", "float", "bool", "null"):
    _Loader.add_constructor(f"{_TAG}{_name}", _tagged)


def load(text: str, name: str) -> list[Any]:
    """Return the documents of a file. Raises ProjectError, which names the file and the line."""
    try:
        return list(yaml.load_all(text.removeprefix("\ufeff"), Loader=_Loader))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ProjectError(f"{name}: is not valid YAML: {error}") from error
