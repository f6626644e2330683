"""Runs in files, as `kubectl get -o json` or `-o yaml` exports them, with every number as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from arkrun_cli.errors import BadInputError
from arkrun_cli.files import read
from arkrun_crd.names import RUN_KIND

__all__ = ["read_runs"]

Json = dict[str, Any]


def read_runs(file: Path) -> Iterator[Json]:
    """Yield the runs of a file, or of stdin for `-`. Raises BadInputError."""
    text = read(file)
    try:
        documents = [msgspec.json.decode(text)]
    except msgspec.DecodeError:
        documents = _yaml_documents(text, file)
    has_runs = False
    for document in documents:
        for run in _runs(document):
            has_runs = True
            yield run
    if not has_runs:
        raise BadInputError(f"{file} contains no {RUN_KIND}: export one with kubectl get arkrun NAME -o json")


def _runs(document: Any) -> Iterator[Json]:
    if not isinstance(document, dict):
        return
    if isinstance(document.get("items"), list):
        for item in document["items"]:
            yield from _runs(item)
    elif document.get("kind") == RUN_KIND and isinstance(document.get("metadata"), dict):
        yield document


def _yaml_documents(text: str, file: Path) -> list[Any]:
    """Parse YAML 1.2, as kubectl writes it: 1e+25 is a number, a time and `yes` are strings."""
    import yaml  # noqa: PLC0415 - its import takes 20 ms

    class Loader(yaml.SafeLoader):
        """The scalars of JSON, and nothing else."""

    Loader.yaml_implicit_resolvers = {}
    for tag, pattern, first in (
        ("null", r"null|~|", ["n", "~", ""]),
        ("bool", r"true|false", list("tf")),
        ("int", r"-?(0|[1-9][0-9]*)", list("-0123456789")),
        ("float", r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", list("-0123456789")),
    ):
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"(?:{pattern})$"), first)
    Loader.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))
    Loader.add_constructor("tag:yaml.org,2002:float", lambda _, node: float(node.value))
    try:
        return list(yaml.load_all(text, Loader))
    except (yaml.YAMLError, RecursionError) as error:
        raise BadInputError(f"{file} is neither JSON nor YAML: {error}") from None
