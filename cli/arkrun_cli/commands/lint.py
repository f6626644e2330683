"""`ark lint`: the checks of the API server and the webhook, without either.

Schema findings come from the models that the CRDs are generated from, pipeline findings from the rules that
the webhook applies. The stamp is not checked, because it needs the live team.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from arkrun_cli.files import read
from arkrun_cli.findings import Finding
from arkrun_cli.manifests import Document, ManifestError, documents
from arkrun_cli.render.terminal import print_result
from arkrun_crd.names import API_VERSION, GROUP, RUN_KIND, TEAM_KIND
from arkrun_crd.rules import pipeline
from arkrun_crd.v1alpha1 import ArkRun, ArkTeam

Json = Mapping[str, Any]

Check = Callable[[dict[str, Any]], list[pipeline.Finding]]

KINDS: dict[str, tuple[type[BaseModel], Check]] = {
    RUN_KIND: (ArkRun, pipeline.check_run),
    TEAM_KIND: (ArkTeam, pipeline.check_team),
}


class _Problem(NamedTuple):
    rule: str
    path: str
    message: str
    is_error: bool = True


def print_findings(files: Sequence[Path], *, sarif: bool, strict: bool) -> bool:
    """Check manifests, print the findings, and return True if none is an error (with `strict`: if none).

    Raises BadInputError if a file cannot be read.
    """
    findings = [finding for file in files for finding in lint(file, read(file))]
    if sarif:
        from arkrun_cli.render.sarif import sarif_log  # noqa: PLC0415 - only --sarif needs it

        print_result(json.dumps(sarif_log(findings), indent=2))
    else:
        for finding in findings:
            print_result(str(finding))
    return not any(finding.is_error or strict for finding in findings)


def lint(file: Path, text: str) -> list[Finding]:
    """Check every ArkTeam and ArkRun in a manifest; objects of other groups are skipped."""
    findings: list[Finding] = []
    try:
        for document in documents(text):
            findings += _check_document(str(file), document)
    except ManifestError as error:
        findings.append(Finding(str(file), error.line, error.column, "yaml", "", error.message))
    return findings


def _check_document(file: str, document: Document) -> Iterator[Finding]:
    for problem in _check_object(document.value):
        line, column = document.position(problem.path)
        yield Finding(file, line, column, *problem)


def _check_object(value: Any) -> Iterator[_Problem]:
    if not isinstance(value, dict) or not isinstance(value.get("apiVersion"), str):
        yield _Problem("kind", "", "not a Kubernetes object: apiVersion, kind and metadata are required")
        return
    if value["apiVersion"].partition("/")[0] != GROUP:
        return
    if value["apiVersion"] != API_VERSION:
        message = f"unknown version {value['apiVersion']}; expected {API_VERSION}"
        yield _Problem("kind", "apiVersion", message)
        return
    if value.get("kind") not in KINDS:
        return
    model, check = KINDS[value["kind"]]
    if not _has_name(value):
        yield _Problem("schema", "metadata", "name or generateName is required")
    yield from _check_schema(model, value)
    yield from _check_rules(value.get("spec"), check)


def _check_schema(model: type[BaseModel], value: Json) -> Iterator[_Problem]:
    try:
        parsed = model.model_validate_json(json.dumps(value))
    except ValidationError as error:
        for problem in error.errors():
            yield _Problem("schema", _path(problem["loc"]), problem["msg"])
    except TypeError as error:
        yield _Problem("schema", "", f"not representable in JSON: {error}")
    else:
        yield from _unknown_fields(parsed, value, "")


def _check_rules(spec: Any, check: Check) -> Iterator[_Problem]:
    if not isinstance(spec, dict):
        return
    for finding in check(spec):
        rule = "template" if finding.message.startswith("template ") else "pipeline"
        yield _Problem(rule, finding.field, finding.message, finding.fatal)
    size = len(json.dumps(spec, ensure_ascii=False, separators=(",", ":"), default=str).encode())
    for finding in pipeline.check_size(size):
        yield _Problem("size", finding.field, finding.message, finding.fatal)


def _has_name(value: Json) -> bool:
    metadata = value.get("metadata")
    return isinstance(metadata, dict) and bool(metadata.get("name") or metadata.get("generateName"))


def _unknown_fields(model: BaseModel, value: Json, path: str) -> Iterator[_Problem]:
    """Yield a warning for each unknown field that the API server drops, or that is likely a typo."""
    fields = {info.alias or name: name for name, info in type(model).model_fields.items()}
    preserves_unknown = type(model).model_config.get("extra") == "allow"
    for key in value:
        key_path = f"{path}.{key}" if path else key
        if key in fields:
            yield from _unknown_inside(getattr(model, fields[key]), value[key], key_path)
        elif similar := get_close_matches(key, fields, n=1, cutoff=0.8):
            yield _Problem("field", key_path, f"unknown field; did you mean {similar[0]}?", is_error=False)
        elif not preserves_unknown:
            yield _Problem("field", key_path, "unknown field; the API server drops it", is_error=False)


def _unknown_inside(parsed: Any, value: Any, path: str) -> Iterator[_Problem]:
    if isinstance(parsed, BaseModel) and isinstance(value, dict) and path != "metadata":
        yield from _unknown_fields(parsed, value, path)
    elif isinstance(parsed, list) and isinstance(value, list):
        for index, (parsed_item, item) in enumerate(zip(parsed, value, strict=True)):
            yield from _unknown_inside(parsed_item, item, f"{path}[{index}]")


def _path(location: tuple[int | str, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")
