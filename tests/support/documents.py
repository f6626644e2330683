"""YAML documents, read by libyaml: PyYAML's own reader needs seconds for a chart with its CRDs."""

from typing import Any

import yaml


def documents(text: str) -> list[dict[str, Any]]:
    """Return the documents that are not empty."""
    return [each for each in yaml.load_all(text, yaml.CSafeLoader) if each]
