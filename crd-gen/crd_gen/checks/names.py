"""Names, versions, columns, selectors and subresources of a definition (V)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from crd_gen.checks.finding import Finding

LABEL = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
GROUP = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+")
COLUMN_TYPES = ("integer", "number", "string", "boolean", "date")
SELECTABLE_MAX = 8
WARNING_MAX = 256


def check(definition: dict[str, Any]) -> Iterator[Finding]:
    """Check a definition except for its schemas."""
    spec = definition["spec"]
    names = spec["names"]
    conversion = _conversion(spec.get("conversion", {}).get("webhook"))
    for problem in (*_object(definition), *_names(names), *_versions(spec["versions"]), *conversion):
        yield Finding("", problem)
    for version in spec["versions"]:
        schema = version["schema"]["openAPIV3Schema"]
        for problem in (*_deprecation(version), *_columns(version, schema), *_selectors(version, schema)):
            yield Finding(version["name"], problem)
        for problem in _scale(version.get("subresources", {}).get("scale"), schema):
            yield Finding(version["name"], problem)


def _object(definition: dict[str, Any]) -> Iterator[str]:
    spec = definition["spec"]
    expected = f"{spec['names']['plural']}.{spec['group']}"
    if definition["metadata"]["name"] != expected:
        yield f"metadata.name is {definition['metadata']['name']!r}, expected {expected!r}"
    if not GROUP.fullmatch(spec["group"]):
        yield f"group {spec['group']!r} must be a domain name with a dot"
    if spec["group"].endswith((".k8s.io", ".kubernetes.io")):
        annotations = definition["metadata"].get("annotations", {})
        if "api-approved.kubernetes.io" not in annotations:
            yield f"group {spec['group']!r} is protected and needs the annotation api-approved.kubernetes.io"


def _conversion(webhook: dict[str, Any] | None) -> Iterator[str]:
    if webhook is None:
        return
    config = webhook.get("clientConfig") or {}
    service, url = config.get("service"), config.get("url")
    if bool(service) is bool(url):
        yield "the conversion webhook needs either a service (namespace/name) or a url"
    elif url and not url.startswith("https://"):
        yield f"the conversion webhook's url {url!r} must begin with https://"
    elif service and not (service.get("namespace") and service.get("name")):
        given = "/".join(filter(None, (service.get("namespace"), service.get("name"))))
        yield f"the conversion webhook's service {given!r} must be namespace/name"
    versions = webhook.get("conversionReviewVersions") or []
    if not {"v1", "v1beta1"} & set(versions):
        shown = ", ".join(versions) or "none"
        yield f"the conversion webhook must take v1 or v1beta1 reviews, not {shown}"


def _names(names: dict[str, Any]) -> Iterator[str]:
    plain = [("plural", names["plural"]), ("singular", names["singular"])]
    plain += [("kind", names["kind"].lower()), ("listKind", names["listKind"].lower())]
    plain += [("shortNames", name) for name in names.get("shortNames", ())]
    plain += [("categories", name) for name in names.get("categories", ())]
    for word, name in plain:
        if not LABEL.fullmatch(name):
            yield f"{word} {name!r} must be a DNS-1035 label: letters, digits and dashes, at most 63"
    if names["kind"] == names["listKind"]:
        yield f"kind and listKind are both {names['kind']!r}"


def _versions(versions: list[dict[str, Any]]) -> Iterator[str]:
    names = [version["name"] for version in versions]
    stored = [version["name"] for version in versions if version["storage"]]
    if len(stored) != 1:
        yield f"must have exactly one storage version, not {', '.join(stored) or 'none'}"
    if len(set(names)) != len(names):
        yield f"has duplicate versions: {', '.join(names)}"
    if not any(version["served"] for version in versions):
        yield "must serve at least one version"
    for name in names:
        if not LABEL.fullmatch(name):
            yield f"version {name!r} must be a DNS-1035 label"


def _deprecation(version: dict[str, Any]) -> Iterator[str]:
    warning = version.get("deprecationWarning")
    if warning is None:
        return
    if not version.get("deprecated"):
        yield "has a deprecation warning but is not deprecated"
    if len(warning) > WARNING_MAX or not warning.isprintable() or not warning.strip():
        yield f"the deprecation warning must be 1 to {WARNING_MAX} printable characters"


def _columns(version: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    for column in version.get("additionalPrinterColumns", ()):
        if column["type"] not in COLUMN_TYPES:
            allowed = ", ".join(COLUMN_TYPES)
            yield f"column {column['name']!r} has type {column['type']!r}; it must be one of {allowed}"
        if not column["jsonPath"].startswith("."):
            yield f"column {column['name']!r} must have a jsonPath that starts with a dot"
        elif (
            not column["jsonPath"].startswith(".metadata.") and schema_at(schema, column["jsonPath"]) is None
        ):
            yield f"column {column['name']!r} shows the unknown field {column['jsonPath']}"


def _selectors(version: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    paths = [field["jsonPath"] for field in version.get("selectableFields", ())]
    if len(set(paths)) > SELECTABLE_MAX:
        yield f"has {len(paths)} selectable fields; {SELECTABLE_MAX} are allowed"
    if len(set(paths)) != len(paths):
        yield "has duplicate selectable fields"
    for path in paths:
        field = schema_at(schema, path)
        if path.startswith(".metadata."):
            yield f"selectable field {path} is metadata, which is always selectable"
        elif "[" in path:
            yield f"selectable field {path} must not select an item of a list"
        elif field is None or field.get("type") not in ("string", "boolean", "integer"):
            yield f"selectable field {path} must be a string, boolean or integer"


def _scale(scale: dict[str, Any] | None, schema: dict[str, Any]) -> Iterator[str]:
    parents = {
        "specReplicasPath": (".spec.",),
        "statusReplicasPath": (".status.",),
        "labelSelectorPath": (".spec.", ".status."),
    }
    for word, path in (scale or {}).items():
        if not path.startswith(parents[word]):
            yield f"scale {word} {path} must be below {' or '.join(parents[word])}"
        kind = "string" if word == "labelSelectorPath" else "integer"
        if (schema_at(schema, path) or {}).get("type") != kind:
            yield f"scale {word} {path} must name a field of type {kind}"


def schema_at(schema: dict[str, Any], path: str) -> dict[str, Any] | None:
    """Return the schema at a simple JSONPath; None if there is none."""
    found: dict[str, Any] | None = schema
    for name in _steps(path):
        parent = found or {}
        others = parent.get("additionalProperties")
        below = parent.get("properties", {}).get(name, others if isinstance(others, dict) else None)
        if below is None and parent.get("x-kubernetes-preserve-unknown-fields"):
            return {}
        found = parent.get("items") if name == "[]" else below
    return found


def _steps(path: str) -> list[str]:
    """Split a JSONPath; a selected item, [?(@.type=="Ready")], has the schema of the list's items."""
    path = re.sub(r"\['([^']*)'\]", lambda found: "." + found[1].replace(".", r"\."), path)
    path = re.sub(r"\[[^\]]*\]", ".[]", path)
    names = re.split(r"(?<!\\)\.", path.strip("."))
    return [re.sub(r"\\(.)", r"\1", name) for name in names]
