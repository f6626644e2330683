"""`ark lint`: what the API server and the webhook would say to a manifest, without either.

Schema findings come from the models that the CRDs are made of, pipeline findings from the very rules
that the webhook applies. Only rules that need the live team (the stamp) are not checked here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from arkrun_cli.manifests import Broken, Document, documents
from arkrun_crd.names import API_VERSION, GROUP, RUN_KIND, TEAM_KIND
from arkrun_crd.rules import pipeline
from arkrun_crd.v1alpha1 import ArkRun, ArkTeam

Json = Mapping[str, Any]

Judge = Callable[[dict[str, Any]], list[pipeline.Finding]]

KINDS: dict[str, tuple[type[BaseModel], Judge]] = {
    RUN_KIND: (ArkRun, pipeline.check_run),
    TEAM_KIND: (ArkTeam, pipeline.check_team),
}
RULES = {
    "yaml": "The file is YAML with no key twice.",
    "kind": "apiVersion and kind are known.",
    "schema": "The object fits the CustomResourceDefinition.",
    "field": "Every field is one that the schema knows.",
    "pipeline": "Roles are unique, steps exist, and no step waits for itself.",
    "template": "Templates refer to steps and inputs that are there.",
    "size": "The object fits etcd with room for its status.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend (`error`) or to look at; line and column count from 1."""

    file: str
    line: int
    column: int
    rule: str
    path: str
    message: str
    error: bool = True

    def __str__(self) -> str:
        """Write it as compilers do, so that editors find the place."""
        level = "error" if self.error else "warning"
        where = f"{self.path}: " if self.path else ""
        return f"{self.file}:{self.line}:{self.column}: {level}: {where}{self.message} [{self.rule}]"


def lint(file: Path, text: str) -> list[Finding]:
    """Check every ArkTeam and ArkRun in a manifest; objects of other groups are passed over."""
    findings: list[Finding] = []
    try:
        for document in documents(text):
            findings += _document(str(file), document)
    except Broken as broken:
        findings.append(Finding(str(file), broken.line, broken.column, "yaml", "", broken.message))
    return findings


def _document(file: str, document: Document) -> Iterator[Finding]:
    for rule, path, message, error in _judged(document.value):
        line, column = document.place(path)
        yield Finding(file, line, column, rule, path, message, error)


def _judged(value: Any) -> Iterator[tuple[str, str, str, bool]]:
    """Yield (rule, path, message, is it an error) for one object."""
    if not isinstance(value, dict) or not isinstance(value.get("apiVersion"), str):
        yield "kind", "", "no Kubernetes object: it needs apiVersion, kind and metadata", True
        return
    if value["apiVersion"].partition("/")[0] != GROUP:
        return
    if value["apiVersion"] != API_VERSION:
        yield "kind", "apiVersion", f"{value['apiVersion']} is not known; {API_VERSION} is", True
        return
    if value.get("kind") not in KINDS:
        return
    model, judge = KINDS[value["kind"]]
    if not _named(value):
        yield "schema", "metadata", "needed name or generateName", True
    try:
        typed = model.model_validate_json(json.dumps(value))
    except ValidationError as error:
        for each in error.errors():
            yield "schema", _path(each["loc"]), each["msg"], True
    except TypeError as error:
        yield "schema", "", f"not JSON: {error}", True
    else:
        yield from _unknown(typed, value, "")
    yield from _ruled(value.get("spec"), judge)


def _ruled(spec: Any, judge: Judge) -> Iterator[tuple[str, str, str, bool]]:
    if not isinstance(spec, dict):
        return
    for finding in judge(spec):
        rule = "template" if finding.message.startswith("template ") else "pipeline"
        yield rule, finding.field, finding.message, finding.fatal
    size = len(json.dumps(spec, ensure_ascii=False, separators=(",", ":"), default=str).encode())
    for finding in pipeline.check_size(size):
        yield "size", finding.field, finding.message, finding.fatal


def _named(value: Json) -> bool:
    metadata = value.get("metadata")
    return isinstance(metadata, dict) and bool(metadata.get("name") or metadata.get("generateName"))


def _unknown(model: BaseModel, value: Json, path: str) -> Iterator[tuple[str, str, str, bool]]:
    """Yield fields that the schema does not know: dropped by the server, or kept but likely misspelt."""
    fields = {info.alias or name: name for name, info in type(model).model_fields.items()}
    kept = type(model).model_config.get("extra") == "allow"
    for key in value:
        where = f"{path}.{key}" if path else key
        if key in fields:
            yield from _inside(getattr(model, fields[key]), value[key], where)
        elif near := get_close_matches(key, fields, n=1, cutoff=0.8):
            yield "field", where, f"is not known; did you mean {near[0]}?", False
        elif not kept:
            yield "field", where, "is not known, and the API server drops it", False


def _inside(typed: Any, value: Any, path: str) -> Iterator[tuple[str, str, str, bool]]:
    if isinstance(typed, BaseModel) and isinstance(value, dict) and path != "metadata":
        yield from _unknown(typed, value, path)
    elif isinstance(typed, list) and isinstance(value, list):
        for index, (one, raw) in enumerate(zip(typed, value, strict=True)):
            yield from _inside(one, raw, f"{path}[{index}]")


def _path(location: tuple[int | str, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")
