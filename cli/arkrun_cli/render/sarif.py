"""Findings as SARIF 2.1.0 (docs.oasis-open.org/sarif), which code hosts show beside the line."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import PurePath
from typing import Any

from arkrun_cli.manifests.findings import RULES, Finding

Json = dict[str, Any]


def sarif_log(findings: Sequence[Finding]) -> Json:
    """Build a log with one run of the linter."""
    driver = {
        "name": "ark lint",
        "version": version("arkrun"),
        "rules": [{"id": rule, "shortDescription": {"text": text}} for rule, text in RULES.items()],
    }
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_result(finding) for finding in findings]}],
    }


def _result(finding: Finding) -> Json:
    location = {
        "artifactLocation": {"uri": PurePath(finding.file).as_posix()},
        "region": {"startLine": finding.line, "startColumn": finding.column},
    }
    return {
        "ruleId": finding.rule,
        "level": "error" if finding.is_error else "warning",
        "message": {"text": finding.text},
        "locations": [{"physicalLocation": location}],
    }
