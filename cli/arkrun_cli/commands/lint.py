"""`ark lint`: the checks of the API server and the webhook, without either.

Schema findings come from the models that the CRDs are generated from, pipeline findings from the rules that
the webhook applies. Of the stamp only what does not need the live team is checked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from arkrun_cli.manifests import Document, ManifestError, documents, read
from arkrun_cli.manifests.findings import Finding, Problem
from arkrun_cli.manifests.kinds import check_kind, check_list_kind, check_type
from arkrun_cli.manifests.metadata import check_last_applied, check_list_metadata, check_metadata
from arkrun_cli.manifests.stamp import SNAPSHOT, check_stamp, is_stamped, names_team
from arkrun_cli.render.terminal import REPLACEMENT, print_result, sanitize_line
from arkrun_cli.values import as_object
from arkrun_crd.names import API_VERSION, RUN_KIND, TEAM_KIND
from arkrun_crd.rules import pipeline
from arkrun_crd.v1alpha1 import ArkRun, ArkTeam
from crd_gen import CustomResource

Json = Mapping[str, Any]

Check = Callable[[dict[str, Any]], list[pipeline.Finding]]

KINDS: dict[str, tuple[type[CustomResource], Check]] = {
    RUN_KIND: (ArkRun, pipeline.check_run),
    TEAM_KIND: (ArkTeam, pipeline.check_team),
}


def print_findings(files: Sequence[Path], *, sarif: bool, strict: bool) -> bool:
    """Check manifests, print the findings, and return True if none is an error (with `strict`: if none).

    Raises BadInputError if a file cannot be read.
    """
    findings = lint_all([(file, read(file)) for file in files])
    if sarif:
        from arkrun_cli.render.sarif import sarif_log  # noqa: PLC0415 - only --sarif needs it

        print_result(json.dumps(sarif_log(findings), indent=2))
    else:
        for finding in findings:
            print_result(sanitize_line(str(finding)))
    return not any(finding.is_error or strict for finding in findings)


def lint_all(manifests: Sequence[tuple[Path, str]]) -> list[Finding]:
    """Check manifests that are applied together: kubectl refuses them only if none of them has an object."""
    checked = [(file, *_lint(file, text)) for file, text in manifests]
    has_objects = any(has_object for _, _, has_object in checked)
    findings: list[Finding] = []
    for file, file_findings, has_object in checked:
        findings += file_findings
        if not has_object and not file_findings:
            message = "no object: kubectl has nothing to apply"
            findings.append(Finding(str(file), 1, 1, "yaml", "", message, is_error=not has_objects))
    return findings


def lint(file: Path, text: str) -> list[Finding]:
    """Check every ArkTeam and ArkRun in a manifest; objects of other groups are skipped."""
    return _lint(file, text)[0]


def _lint(file: Path, text: str) -> tuple[list[Finding], bool]:
    """Return the findings, and whether the manifest has an object."""
    findings: list[Finding] = []
    has_object = False
    if REPLACEMENT in text:
        message = "has bytes that are not UTF-8, or U+FFFD in their place: kubectl stores U+FFFD"
        findings.append(Finding(str(file), 1, 1, "yaml", "", message, is_error=False))
    try:
        for document in documents(text):
            has_object = has_object or not _is_empty_list(document.value)
            findings += _check_document(str(file), document)
    except ManifestError as error:
        findings.append(Finding(str(file), error.line, error.column, "yaml", "", error.message))
    return findings, has_object


def _is_empty_list(value: Any) -> bool:
    return isinstance(value, dict) and value.get("items") == []


def _check_document(file: str, document: Document) -> Iterator[Finding]:
    for key, line, column in document.duplicates:
        message = f'duplicate key "{key}": kubectl takes the last one'
        yield Finding(file, line, column, "yaml", "", message, is_error=False)
    for problem in _check_objects(document.value):
        path = f"{problem.item}.{problem.path}" if problem.item else problem.path
        line, column = document.position(path)
        rule, inner, message, is_error = problem[:4]
        yield Finding(file, line, column, rule, inner, message, is_error)


def _check_objects(value: Any) -> Iterator[Problem]:
    """Check an object, or each item of a List: kubectl takes whatever has items for one."""
    if problem := check_type(value):
        yield problem
    elif isinstance(value.get("items"), list):
        yield from _check_list(value)
    elif value["kind"].endswith("List"):
        yield Problem("kind", "items" if "items" in value else "", "expected a list of objects in items")
    else:
        yield from _check_object(value)


def _check_list(value: Json) -> Iterator[Problem]:
    kind = value["kind"]
    if problem := check_list_kind(value["apiVersion"], kind):
        yield problem
    for fault in check_list_metadata(value.get("metadata")):
        yield Problem("schema", *fault)
    for index, item in enumerate(value["items"]):
        # The items of a list of one kind may leave out what the list says already, all of it.
        inherits = isinstance(item, dict) and not item.get("apiVersion") and not item.get("kind")
        if inherits and kind != "List":
            item |= {"apiVersion": value["apiVersion"], "kind": kind.removesuffix("List")}
        for problem in _check_item(item):
            yield problem._replace(item=f"items[{index}]")


def _check_item(item: Any) -> Iterator[Problem]:
    if problem := check_type(item):
        yield problem
    elif item["kind"].endswith("List") or isinstance(item.get("items"), list):
        yield Problem("kind", "kind", "a List in a List; kubectl does not read one")
    else:
        yield from _check_object(item)


def _check_object(value: Json) -> Iterator[Problem]:
    version, kind = value["apiVersion"], value["kind"]
    if problem := check_kind(version, kind):
        yield problem
    if version != API_VERSION or kind not in KINDS:
        return
    model, check = KINDS[kind]
    for fault in check_metadata(value.get("metadata")) or check_last_applied(value):
        yield Problem("schema", *fault)
    yield from _check_schema(model, value)
    if kind == RUN_KIND:
        yield from check_stamp(value)
        check = check if names_team(value) else pipeline.check_roles
    yield from _check_rules(value.get("spec"), check, is_fatal=not is_stamped(value))


def _check_schema(model: type[CustomResource], value: Json) -> Iterator[Problem]:
    name = as_object(value.get("metadata")).get("name")
    # metadata has rules of its own, and the API server drops a status.
    checked = {key: member for key, member in value.items() if key not in ("metadata", "status")}
    checked["metadata"] = {"name": name} if isinstance(name, str) and name else {}
    try:
        parsed = model.read(checked)
    except ValidationError as error:
        for problem in error.errors():
            # The webhook replaces the snapshot before the API server sees it.
            # But kubectl refuses the members of what is no object in the schema.
            is_replaced = is_stamped(value) and problem["loc"][1:2] in SNAPSHOT
            is_error = not is_replaced or _has_members(problem["input"])
            yield Problem("schema", _path(problem["loc"]), problem["msg"], is_error)
        yield from _unknown_keys(model, checked, "")
    else:
        yield from _unknown_fields(parsed, checked, "")


def _check_rules(spec: Any, check: Check, *, is_fatal: bool) -> Iterator[Problem]:
    """Check the rules of pipelines; a run that names a team gets that team's instead."""
    if not isinstance(spec, dict):
        return
    for finding in check(spec):
        rule = "template" if finding.message.startswith("template ") else "pipeline"
        yield Problem(rule, finding.field, finding.message, finding.fatal and is_fatal)
    size = len(json.dumps(spec, ensure_ascii=False, separators=(",", ":"), default=str).encode())
    for finding in pipeline.check_size(size):
        yield Problem("size", finding.field, finding.message, finding.fatal)


def _unknown_fields(model: BaseModel, value: Json, path: str) -> Iterator[Problem]:
    """Yield the unknown fields of an object and of what is in it."""
    yield from _unknown_keys(type(model), value, path)
    for key, name in _fields(type(model)).items():
        if value.get(key) is not None:
            yield from _unknown_inside(getattr(model, name), value[key], f"{path}.{key}" if path else key)


def _unknown_keys(model: type[BaseModel], value: Json, path: str) -> Iterator[Problem]:
    """Yield the unknown fields that kubectl refuses, and a warning for one that is likely a typo."""
    fields = _fields(model)
    preserves_unknown = model.model_config.get("extra") == "allow"
    for key, member in value.items():
        if member is None or key in fields:
            continue
        key_path = f"{path}.{key}" if path else key
        if similar := get_close_matches(key, fields, n=1, cutoff=0.8):
            message = f"unknown field; did you mean {similar[0]}?"
            yield Problem("field", key_path, message, is_error=not preserves_unknown)
        elif not preserves_unknown:
            yield Problem("field", key_path, "unknown field; kubectl refuses it")


def _fields(model: type[BaseModel]) -> dict[str, str]:
    """Map JSON names to attribute names."""
    return {info.alias or name: name for name, info in model.model_fields.items()}


def _unknown_inside(parsed: Any, value: Any, path: str) -> Iterator[Problem]:
    if isinstance(parsed, BaseModel) and isinstance(value, dict) and path != "metadata":
        yield from _unknown_fields(parsed, value, path)
    elif isinstance(parsed, list) and isinstance(value, list):
        for index, (parsed_item, item) in enumerate(zip(parsed, value, strict=True)):
            yield from _unknown_inside(parsed_item, item, f"{path}[{index}]")


def _has_members(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_has_members, value))
    return isinstance(value, dict) and bool(value)


def _path(location: tuple[int | str, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")
