"""All checks of a definition."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from crd_gen.checks import names, versions
from crd_gen.checks.finding import Finding
from crd_gen.checks.schema import bounds, defaults, keywords, lists, rules, structure
from crd_gen.checks.schema.budget import over_budget
from crd_gen.checks.schema.node import Node, walk

SCHEMA_CHECKS: tuple[Callable[[Node], Iterator[Finding]], ...] = (
    keywords.check,
    structure.check,
    lists.check,
    defaults.check,
    bounds.check,
    rules.check,
)


def findings(definition: dict[str, Any]) -> list[Finding]:
    """Return all errors and warnings about a definition, sorted by path."""
    found = [*names.check(definition), *versions.check(definition)]
    several = len(definition["spec"]["versions"]) > 1
    for version in definition["spec"]["versions"]:
        prefix = f"{version['name']}: " if several else ""
        of_version = _version(version)
        found += [replace(finding, path=prefix + (finding.path or "(root)")) for finding in of_version]
    return sorted(found, key=lambda finding: finding.path)


def schema_findings(schema: dict[str, Any], *, cost: bool = True) -> Iterator[Finding]:
    """Check a schema without its definition; without cost, its rules may exceed the limits."""
    for node in walk(Node(schema)):
        for check in SCHEMA_CHECKS:
            yield from check(node)
    for path, problem, fatal in over_budget(schema) if cost else ():
        yield Finding(path, problem, "error" if fatal else "warning")


def _version(version: dict[str, Any]) -> Iterator[Finding]:
    schema = version["schema"]["openAPIV3Schema"]
    if "status" in version.get("subresources", {}):
        yield from keywords.at_root(schema)
    yield from schema_findings(schema)
