"""Reports of changes as text, JSON or SARIF 2.1.0."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from crd_gen.diff.change import Change, Weight
from crd_gen.diff.waivers import Waiver

Waived = list[tuple[Change, Waiver]]
LEVELS = {
    Weight.SAFE: "none",
    Weight.LOOSENING: "note",
    Weight.RATCHETED: "note",
    Weight.TIGHTENING: "warning",
    Weight.BREAKING: "error",
}


def text(changes: list[Change], waived: Waived) -> str:
    """Return a line for each change, and then for each waived change with its reason."""
    lines = [str(change) for change in changes]
    lines += [
        f"waived     {change.where}: {change.text} [{change.code}] - {w.reason}" for change, w in waived
    ]
    return "".join(f"{line}\n" for line in lines) or "no changes\n"


def as_json(changes: list[Change], waived: Waived) -> str:
    """Return a JSON object with the lists of changes and waived changes."""
    document = {
        "changes": [_fields(change) for change in changes],
        "waived": [_fields(change) | {"reason": waiver.reason} for change, waiver in waived],
    }
    return json.dumps(document, indent=2) + "\n"


def sarif(changes: list[Change], waived: Waived, files: Mapping[str, str]) -> str:
    """Return a SARIF log, in which waived changes are suppressed.

    files are the definitions' files, relative to the repository root: code scanning requires a location.
    """
    results = [_result(change, files) for change in changes]
    results += [
        _result(change, files) | {"suppressions": [{"kind": "external", "justification": waiver.reason}]}
        for change, waiver in waived
    ]
    codes = sorted({result["ruleId"] for result in results})
    driver = {"name": "crd-gen", "rules": [{"id": code} for code in codes]}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(log, indent=2) + "\n"


def _fields(change: Change) -> dict[str, Any]:
    return {
        "weight": change.weight.name.lower(),
        "definition": change.definition,
        "version": change.version,
        "path": change.path,
        "code": change.code,
        "text": change.text,
    }


def _result(change: Change, files: Mapping[str, str]) -> dict[str, Any]:
    location = {"fullyQualifiedName": change.where.replace(" ", "/"), "kind": "member"}
    file = files.get(change.definition)
    physical = {"physicalLocation": {"artifactLocation": {"uri": file}}} if file else {}
    return {
        "ruleId": change.code,
        "level": LEVELS[change.weight],
        "message": {"text": f"{change.where}: {change.text}"},
        "locations": [{"logicalLocations": [location], **physical}],
    }
