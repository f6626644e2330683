"""Changes as text, JSON or SARIF 2.1.0."""

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
    """Write a line for each change, waived ones last with their reason."""
    lines = [str(change) for change in changes]
    lines += [
        f"waived     {change.where}: {change.text} [{change.code}] - {w.reason}" for change, w in waived
    ]
    return "".join(f"{line}\n" for line in lines) or "no change\n"


def as_json(changes: list[Change], waived: Waived) -> str:
    """Write an object of two lists."""
    document = {
        "changes": [_fields(change) for change in changes],
        "waived": [_fields(change) | {"reason": waiver.reason} for change, waiver in waived],
    }
    return json.dumps(document, indent=2) + "\n"


def sarif(changes: list[Change], waived: Waived, files: Mapping[str, str]) -> str:
    """Write a log of one run; a waived change is suppressed, not hidden.

    files gives the file of each definition, below the top of the repository: code scanning wants one.
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
    place = {"physicalLocation": {"artifactLocation": {"uri": file}}} if file else {}
    return {
        "ruleId": change.code,
        "level": LEVELS[change.weight],
        "message": {"text": f"{change.where}: {change.text}"},
        "locations": [{"logicalLocations": [location], **place}],
    }
