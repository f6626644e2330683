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

from arkrun_cli.manifests import Document, ManifestError, documents, read
from arkrun_cli.manifests.findings import Finding
from arkrun_cli.manifests.metadata import check_metadata
from arkrun_cli.render.terminal import REPLACEMENT, print_result, sanitize_line
from arkrun_cli.values import as_object
from arkrun_crd.names import API_VERSION, GROUP, RUN_KIND, TEAM_KIND
from arkrun_crd.rules import pipeline
from arkrun_crd.v1alpha1 import ArkRun, ArkTeam
from crd_gen import CustomResource

Json = Mapping[str, Any]

# Kinds of the operator, which has their definitions; there may be more.
OTHER_KINDS = ("ArkAgent", "ArkBudget", "ArkEvent", "ArkNotify", "ArkRegistry")
NO_OBJECT = "not a Kubernetes object: apiVersion, kind and metadata are required"
EXAMPLES = {"apiVersion": API_VERSION, "kind": TEAM_KIND}

Check = Callable[[dict[str, Any]], list[pipeline.Finding]]

KINDS: dict[str, tuple[type[CustomResource], Check]] = {
    RUN_KIND: (ArkRun, pipeline.check_run),
    TEAM_KIND: (ArkTeam, pipeline.check_team),
}


class _Problem(NamedTuple):
    rule: str
    path: str
    message: str
    is_error: bool = True
    item: str = ""
    """Path of the object in its List."""


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


def _check_objects(value: Any) -> Iterator[_Problem]:
    """Check an object, or each item of a List: kubectl takes whatever has items for one."""
    if problem := _check_type(value):
        yield problem
    elif isinstance(value.get("items"), list):
        yield from _check_list(value)
    elif value["kind"].endswith("List"):
        yield _Problem("kind", "items" if "items" in value else "", "expected a list of objects in items")
    else:
        yield from _check_object(value)


def _check_type(value: Any) -> _Problem | None:
    """Return what is wrong with apiVersion and kind, without which nothing else can be checked."""
    if not isinstance(value, dict):
        return _Problem("kind", "", NO_OBJECT)
    for key in ("apiVersion", "kind"):
        if not value.get(key):
            return _Problem("kind", "", NO_OBJECT if key not in value else f"{key} is empty")
        if not isinstance(value[key], str):
            return _Problem("kind", key, f"expected a string, such as {EXAMPLES[key]}")
    if value["apiVersion"].count("/") > 1:
        return _Problem(
            "kind", "apiVersion", f"invalid version {value['apiVersion']}; expected GROUP/VERSION"
        )
    return None


def _check_list(value: Json) -> Iterator[_Problem]:
    kind = value["kind"]
    if kind == "List" and value["apiVersion"] != "v1":
        yield _Problem("kind", "apiVersion", f"unknown version {value['apiVersion']} of List; expected v1")
    for index, item in enumerate(value["items"]):
        # The items of a list of one kind may leave out what the list says already.
        typed = kind != "List" and isinstance(item, dict)
        complete = (
            {"apiVersion": value["apiVersion"], "kind": kind.removesuffix("List"), **item} if typed else item
        )
        for problem in _check_item(complete):
            yield problem._replace(item=f"items[{index}]")


def _check_item(item: Any) -> Iterator[_Problem]:
    if problem := _check_type(item):
        yield problem
    elif item["kind"] == "List":
        yield _Problem("kind", "kind", "a List in a List; kubectl does not read one")
    else:
        yield from _check_object(item)


def _check_object(value: Json) -> Iterator[_Problem]:
    version, kind = value["apiVersion"], value["kind"]
    if version != API_VERSION:
        if version.partition("/")[0].strip().lower() == GROUP or (kind in KINDS and "/" not in version):
            yield _Problem("kind", "apiVersion", f"unknown version {version}; expected {API_VERSION}")
        return
    if kind not in KINDS:
        if message := _unknown_kind(kind):
            yield _Problem("kind", "kind", message)
        return
    model, check = KINDS[kind]
    for fault in check_metadata(value.get("metadata")):
        yield _Problem("schema", *fault)
    yield from _check_schema(model, value)
    yield from _check_rules(value.get("spec"), check, is_stamped=_names_team(value))


def _unknown_kind(kind: str) -> str:
    """Return what is wrong with a kind of the group that is not checked; an empty text if it may exist."""
    known = {each.lower(): each for each in (*KINDS, *OTHER_KINDS)}
    if kind in OTHER_KINDS:
        return ""
    if similar := get_close_matches(kind.lower(), known, n=1, cutoff=0.85):
        return f"unknown kind {kind}; did you mean {known[similar[0]]}?"
    return "" if kind.startswith("Ark") else f"unknown kind {kind}"


def _check_schema(model: type[CustomResource], value: Json) -> Iterator[_Problem]:
    name = as_object(value.get("metadata")).get("name")
    # metadata has rules of its own, and the API server drops a status.
    checked = {key: member for key, member in value.items() if key not in ("metadata", "status")}
    checked["metadata"] = {"name": name} if isinstance(name, str) and name else {}
    try:
        parsed = model.read(checked)
    except ValidationError as error:
        for problem in error.errors():
            yield _Problem("schema", _path(problem["loc"]), problem["msg"])
    else:
        yield from _unknown_fields(parsed, checked, "")


def _check_rules(spec: Any, check: Check, *, is_stamped: bool) -> Iterator[_Problem]:
    """Check the rules of pipelines; a run that names a team gets that team's instead."""
    if not isinstance(spec, dict):
        return
    for finding in check(spec):
        rule = "template" if finding.message.startswith("template ") else "pipeline"
        yield _Problem(rule, finding.field, finding.message, finding.fatal and not is_stamped)
    size = len(json.dumps(spec, ensure_ascii=False, separators=(",", ":"), default=str).encode())
    for finding in pipeline.check_size(size):
        yield _Problem("size", finding.field, finding.message, finding.fatal)


def _names_team(value: Json) -> bool:
    return value["kind"] == RUN_KIND and bool(as_object(value.get("spec")).get("teamRef"))


def _unknown_fields(model: BaseModel, value: Json, path: str) -> Iterator[_Problem]:
    """Yield the unknown fields that kubectl refuses, and a warning for one that is likely a typo."""
    fields = {info.alias or name: name for name, info in type(model).model_fields.items()}
    preserves_unknown = type(model).model_config.get("extra") == "allow"
    for key, member in value.items():
        if member is None:
            continue
        key_path = f"{path}.{key}" if path else key
        if key in fields:
            yield from _unknown_inside(getattr(model, fields[key]), member, key_path)
        elif similar := get_close_matches(key, fields, n=1, cutoff=0.8):
            message = f"unknown field; did you mean {similar[0]}?"
            yield _Problem("field", key_path, message, is_error=not preserves_unknown)
        elif not preserves_unknown:
            yield _Problem("field", key_path, "unknown field; kubectl refuses it")


def _unknown_inside(parsed: Any, value: Any, path: str) -> Iterator[_Problem]:
    if isinstance(parsed, BaseModel) and isinstance(value, dict) and path != "metadata":
        yield from _unknown_fields(parsed, value, path)
    elif isinstance(parsed, list) and isinstance(value, list):
        for index, (parsed_item, item) in enumerate(zip(parsed, value, strict=True)):
            yield from _unknown_inside(parsed_item, item, f"{path}[{index}]")


def _path(location: tuple[int | str, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")
