"""Names, versions, columns, selectors and subresources of a definition (V)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from crd_gen.checks.finding import Finding
from crd_gen.keywords import PRESERVE_UNKNOWN

LABEL = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
COLUMN_TYPES = ("integer", "number", "string", "boolean", "date")
COLUMN_FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
SCOPES = ("Cluster", "Namespaced")
PROTECTED = re.compile(r"(.*\.)?(k8s|kubernetes)\.io")
APPROVAL = "api-approved.kubernetes.io"
_QUALIFIED = re.compile(r"([^/]+/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
SELECTABLE_MAX = 8
WARNING_MAX = 256


def check(definition: dict[str, Any]) -> Iterator[Finding]:
    """Check a definition except for its schemas."""
    spec = definition["spec"]
    names = spec["names"]
    conversion = _conversion(spec.get("conversion") or {})
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
    if not SUBDOMAIN.fullmatch(spec["group"]) or "." not in spec["group"]:
        yield f"group {spec['group']!r} must be a domain name with a dot"
    if PROTECTED.fullmatch(spec["group"]):
        approval = (definition["metadata"].get("annotations") or {}).get(APPROVAL, "")
        if not (approval.startswith("unapproved") or re.match(r"[a-z][a-z0-9+.-]*://[^/?#]", approval)):
            yield (
                f"group {spec['group']!r} is protected and needs the annotation {APPROVAL}, with the URL"
                f" of the approval or a reason that starts with 'unapproved', not {approval!r}"
            )
    if spec.get("scope") not in SCOPES:
        yield f"scope {spec.get('scope')!r} must be {' or '.join(SCOPES)}"
    if spec.get("preserveUnknownFields"):
        yield f"preserveUnknownFields must be false: set {PRESERVE_UNKNOWN} in the schema instead"
    yield from _metadata(definition["metadata"])


def _metadata(metadata: dict[str, Any]) -> Iterator[str]:
    """Check the keys and values of labels and annotations (apimachinery, util/validation)."""
    for word in ("labels", "annotations"):
        for key, value in (metadata.get(word) or {}).items():
            prefix, slash, _ = str(key).rpartition("/")
            if not _QUALIFIED.fullmatch(str(key)) or (slash and not SUBDOMAIN.fullmatch(prefix.lower())):
                yield f"{word} has the key {key!r}, which must be a name such as example.com/team"
            if not isinstance(value, str):
                yield f"{word} has the value {value!r} of {key}, which must be a string"
            elif word == "labels" and not _LABEL_VALUE.fullmatch(value):
                yield (
                    f"labels has the value {value!r} of {key}, which must be at most 63 letters, digits,"
                    " dashes, dots and underscores"
                )


def _conversion(conversion: dict[str, Any]) -> Iterator[str]:
    strategy, webhook = conversion.get("strategy", "None"), conversion.get("webhook")
    if strategy not in ("None", "Webhook"):
        yield f"the conversion strategy {strategy!r} must be None or Webhook"
    elif (strategy == "Webhook") is (webhook is None):
        yield f"the conversion strategy {strategy} {'requires' if webhook is None else 'excludes'} a webhook"
    if isinstance(webhook, dict):
        yield from _webhook(webhook)


def _webhook(webhook: dict[str, Any]) -> Iterator[str]:
    config = webhook.get("clientConfig") or {}
    service, url = config.get("service"), config.get("url")
    if bool(service) is bool(url):
        yield "the conversion webhook needs either a service (namespace/name) or a url"
    elif url and not url.startswith("https://"):
        yield f"the conversion webhook's url {url!r} must begin with https://"
    elif url and not re.fullmatch(r"https://[^/?#@]+(/[^?#]*)?", url):
        yield f"the conversion webhook's url {url!r} must have a host, and neither user, query nor fragment"
    elif service and not (service.get("namespace") and service.get("name")):
        given = "/".join(filter(None, (service.get("namespace"), service.get("name"))))
        yield f"the conversion webhook's service {given!r} must be namespace/name"
    elif service:
        yield from _service(service)
    versions = webhook.get("conversionReviewVersions") or []
    if not {"v1", "v1beta1"} & set(versions):
        shown = ", ".join(versions) or "none"
        yield f"the conversion webhook must take v1 or v1beta1 reviews, not {shown}"
    elif len(set(versions)) < len(versions) or not all(LABEL.fullmatch(version) for version in versions):
        yield f"the conversion webhook's review versions {', '.join(versions)} must be unique DNS-1035 labels"


def _service(service: dict[str, Any]) -> Iterator[str]:
    port, path = service.get("port", 443), service.get("path") or "/"
    if port not in range(1, 65536):
        yield f"the conversion webhook's port {port} must be from 1 to 65535"
    segments = path[1:].removesuffix("/").split("/") if path != "/" else []
    if path[0] != "/" or not all(SUBDOMAIN.fullmatch(segment) for segment in segments):
        yield f"the conversion webhook's path {path!r} must be / and lowercase letters, digits, - and ."


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
    if len(warning.encode()) > WARNING_MAX or not warning.isprintable() or not warning.strip():
        yield f"the deprecation warning must be 1 to {WARNING_MAX} bytes of printable text"


def _columns(version: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    for column in version.get("additionalPrinterColumns", ()):
        if not column["name"]:
            yield f"the column of {column['jsonPath']} has no name"
        if column.get("format") and column["format"] not in COLUMN_FORMATS:
            allowed = ", ".join(COLUMN_FORMATS)
            yield f"column {column['name']!r} has format {column['format']!r}; it must be one of {allowed}"
        if column["type"] not in COLUMN_TYPES:
            allowed = ", ".join(COLUMN_TYPES)
            yield f"column {column['name']!r} has type {column['type']!r}; it must be one of {allowed}"
        if not column["jsonPath"].startswith("."):
            yield f"column {column['name']!r} must have a jsonPath that starts with a dot"
        elif _names_no_field(column["jsonPath"], schema):
            yield f"column {column['name']!r} shows the unknown field {column['jsonPath']}"


def _names_no_field(path: str, schema: dict[str, Any]) -> bool:
    if path.startswith(".metadata.") or re.search(r"\.\.|\*|,", path):  # several fields
        return False
    return schema_at(schema, path) is None


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
        elif not path.startswith("."):
            yield f"selectable field {path} must start with a dot"
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
    path = re.sub(r"\[(['\"])(.*?)\1\]", lambda found: "." + found[2].replace(".", r"\."), path)
    path = re.sub(r"\[[^\]]*\]", ".[]", path)
    names = re.split(r"(?<!\\)\.", path.strip("."))
    return [re.sub(r"\\(.)", r"\1", name) for name in names]
