"""The CustomResourceDefinition of a kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crd_gen.checks import Finding, findings, schema_findings
from crd_gen.errors import CrdGenError, RefusedError, SchemaError, UnmappableError
from crd_gen.keywords import Schema
from crd_gen.models.field_path import Step, dotted
from crd_gen.resources.resource import CustomResource
from crd_gen.resources.version import Column, Names, Version
from crd_gen.schema.structural import Translation, structural_schema, translate
from crd_gen.source import source_of


def definition(*models: type[CustomResource]) -> Schema:
    """Build the definition of a kind from the classes of its versions, including the storage version.

    Raises UnmappableError for models without an equivalent, SchemaError for versions of different kinds or
    a definition that has errors, and RefusedError for both. Warnings are left to `checks.findings`.
    """
    names = _names(models)
    translations = [translate(model) for model in models]
    if refusals := [refusal for found in translations for refusal in found.report.refusals]:
        raise _with_findings(names, translations, UnmappableError.of(refusals))
    document = _document(models, names)
    errors = [_located(finding, models) for finding in findings(document) if finding.level == "error"]
    if errors:
        raise SchemaError(document["metadata"]["name"], errors)
    return document


def definitions(kinds: Mapping[str, Sequence[type[CustomResource]]]) -> dict[str, Schema]:
    """Build the definitions of several kinds. Raises the errors of all of them together."""
    found: dict[str, Schema] = {}
    errors: list[CrdGenError] = []
    for name, models in kinds.items():
        try:
            found[name] = definition(*models)
        except RefusedError as error:
            errors += error.errors
        except CrdGenError as error:
            errors.append(error)
    if errors:
        raise errors[0] if len(errors) == 1 else RefusedError(errors)
    return found


def python_only(kinds: Mapping[str, Sequence[type[CustomResource]]]) -> list[str]:
    """Return the checks that are declared to stay in Python."""
    lines = [
        line for models in kinds.values() for model in models for line in translate(model).report.python_only
    ]
    return list(dict.fromkeys(lines))


def _with_findings(
    names: Names, translations: Sequence[Translation], refused: UnmappableError
) -> CrdGenError:
    """Return the refusals together with the errors of the rest of the schemas."""
    paths = tuple(refusal.path for found in translations for refusal in found.report.refusals)
    errors = [
        str(finding) + _source(found, finding.path)
        for found in translations
        for finding in schema_findings(found.schema, cost=False)
        if finding.level == "error" and not any(_is_below(finding.path, path) for path in paths)
    ]
    if not errors:
        return refused
    return RefusedError([refused, SchemaError(f"{names.plural}.{names.group}", sorted(set(errors)))])


def _is_below(path: str, parent: str) -> bool:
    return path == parent or path.startswith((f"{parent}.", f"{parent}[", f"{parent}{{"))


def _located(finding: Finding, models: Sequence[type[CustomResource]]) -> str:
    version, _, path = finding.path.rpartition(": ")
    of_version = [model for model in models if version in ("", model.version.name)]
    return str(finding) + _source(translate(of_version[0]), path)


def _source(found: Translation, path: str) -> str:
    """Return where a field is declared: ` (Spec.size, api.py:12)`."""
    while path and path not in found.report.sources:
        path = (
            path[: max(path.rfind(mark) for mark in (".", "[", "{"))] if any(m in path for m in ".[{") else ""
        )
    owner, attribute = found.report.sources.get(path, (None, ""))
    source = source_of(owner, attribute)
    return f" ({owner.__name__}.{attribute}, {source})" if owner and source else ""


def _document(models: Sequence[type[CustomResource]], names: Names) -> Schema:
    metadata = {"labels": dict(names.labels), "annotations": dict(names.annotations)}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{names.plural}.{names.group}",
            **{word: value for word, value in metadata.items() if value},
        },
        "spec": {
            "group": names.group,
            "names": _wire_names(names),
            "scope": names.scope,
            "versions": [_version(model) for model in models],
            **({"conversion": names.conversion.wire()} if names.conversion else {}),
        },
    }


def _names(models: Sequence[type[CustomResource]]) -> Names:
    names = {model.names for model in models}
    if len(names) != 1:
        raise SchemaError(
            ", ".join(model.__name__ for model in models),
            ["the versions of one kind must share one Names object"],
        )
    return names.pop()


def _wire_names(names: Names) -> Schema:
    optional = {"shortNames": list(names.short_names), "categories": list(names.categories)}
    return {
        "kind": names.kind,
        "listKind": names.list_kind or f"{names.kind}List",
        "plural": names.plural,
        "singular": names.singular or names.kind.lower(),
        **{key: value for key, value in optional.items() if value},
    }


def _version(model: type[CustomResource]) -> Schema:
    version = model.version
    schema = structural_schema(model)
    wire: Schema = {
        "name": version.name,
        "served": version.served,
        "storage": version.storage,
        "schema": {"openAPIV3Schema": schema},
    }
    if version.deprecated:
        wire["deprecated"] = True
    if version.deprecation_warning:
        wire["deprecationWarning"] = version.deprecation_warning
    if columns := [_column(model, column, schema) for column in version.columns]:
        wire["additionalPrinterColumns"] = columns
    if version.selectable:
        wire["selectableFields"] = [
            {"jsonPath": pick if isinstance(pick, str) else dotted(model.path(pick))}
            for pick in version.selectable
        ]
    if subresources := _subresources(model, version, schema):
        wire["subresources"] = subresources
    return wire


def _subresources(model: type[CustomResource], version: Version, schema: Schema) -> Schema:
    has_status = "status" in schema["properties"] if version.status is None else version.status
    wire: Schema = {"status": {}} if has_status else {}
    if scale := version.scale:
        wire["scale"] = {
            "specReplicasPath": dotted(model.path(scale.spec_replicas)),
            "statusReplicasPath": dotted(model.path(scale.status_replicas)),
        }
        if scale.label_selector:
            wire["scale"]["labelSelectorPath"] = dotted(model.path(scale.label_selector))
    return wire


def _column(model: type[CustomResource], column: Column, schema: Schema) -> Schema:
    if isinstance(column.of, str):
        path, kind = column.of, column.type
    else:
        steps = model.path(column.of)
        path, kind = dotted(steps), column.type or _column_type(schema, steps)
    if not kind:
        raise SchemaError(
            f"{model.__name__}: column {column.name}",
            [f"{path} is not a scalar: set the type of the column"],
        )
    optional = {"description": column.description, "format": column.format, "priority": column.priority}
    return {
        "name": column.name,
        "type": kind,
        "jsonPath": path,
        **{key: value for key, value in optional.items() if value},
    }


def _schema_at(schema: Schema, steps: tuple[Step, ...]) -> Schema:
    for step in steps:
        others = schema.get("additionalProperties")
        schema = schema.get("properties", {}).get(step.wire, others if isinstance(others, dict) else {})
        schema = schema.get("items", {}) if step.item else schema
    return schema


# The schema of metadata is the server's own.
_METADATA_TYPES = {
    **dict.fromkeys(("name", "generateName", "namespace", "resourceVersion", "uid"), "string"),
    "generation": "integer",
    **dict.fromkeys(("creationTimestamp", "deletionTimestamp"), "date"),
}


def _column_type(schema: Schema, steps: tuple[Step, ...]) -> str:
    """Return the type of a column that shows a field; "" if the field is no scalar."""
    if steps[0].wire == "metadata":
        return "string" if steps[-1].is_key else _METADATA_TYPES.get(steps[-1].wire, "")
    field = _schema_at(schema, steps)
    if field.get("format") == "date-time":
        return "date"
    kind: Any = field.get("type")
    return kind if kind in ("string", "integer", "number", "boolean") else ""
