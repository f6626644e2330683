"""The CustomResourceDefinition of a kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crd_gen.checks import findings
from crd_gen.errors import SchemaError
from crd_gen.keywords import Schema
from crd_gen.models.field_path import Step, dotted
from crd_gen.resources.resource import CustomResource
from crd_gen.resources.version import Column, Names, Version
from crd_gen.schema.structural import structural_schema


def definition(*models: type[CustomResource]) -> Schema:
    """Build the definition of a kind from the classes of its versions, including the storage version.

    Raises UnmappableError for a model without an equivalent, and SchemaError for versions of different
    kinds or a definition that has errors. Warnings are left to `checks.findings`.
    """
    document = _document(models)
    errors = [str(finding) for finding in findings(document) if finding.level == "error"]
    if errors:
        raise SchemaError(document["metadata"]["name"], errors)
    return document


def _document(models: Sequence[type[CustomResource]]) -> Schema:
    names = _names(models)
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{names.plural}.{names.group}",
            **({"annotations": dict(names.annotations)} if names.annotations else {}),
        },
        "spec": {
            "group": names.group,
            "names": _wire_names(names),
            "scope": names.scope,
            "versions": [_version(model) for model in models],
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
        wire["selectableFields"] = [{"jsonPath": dotted(model.path(pick))} for pick in version.selectable]
    if subresources := _subresources(model, version, schema):
        wire["subresources"] = subresources
    return wire


def _subresources(model: type[CustomResource], version: Version, schema: Schema) -> Schema:
    wire: Schema = {"status": {}} if "status" in schema["properties"] else {}
    if scale := version.scale:
        wire["scale"] = {
            "specReplicasPath": dotted(model.path(scale.spec_replicas)),
            "statusReplicasPath": dotted(model.path(scale.status_replicas)),
        }
        if scale.label_selector:
            wire["scale"]["labelSelectorPath"] = dotted(model.path(scale.label_selector))
    return wire


def _column(model: type[CustomResource], column: Column, schema: Schema) -> Schema:
    steps = model.path(column.of)
    kind = column.type or _column_type(_schema_at(schema, steps))
    if not kind:
        raise SchemaError(
            f"{model.__name__}: column {column.name}",
            [f"{dotted(steps)} is not a scalar: set the type of the column"],
        )
    optional = {"description": column.description, "priority": column.priority}
    return {
        "name": column.name,
        "type": kind,
        "jsonPath": dotted(steps),
        **{key: value for key, value in optional.items() if value},
    }


def _schema_at(schema: Schema, steps: tuple[Step, ...]) -> Schema:
    for step in steps:
        schema = schema.get("properties", {}).get(step.wire, {})
        schema = schema.get("items", {}) if step.item else schema
    return schema


def _column_type(schema: Schema) -> str:
    if schema.get("format") == "date-time":
        return "date"
    kind: Any = schema.get("type")
    return kind if kind in ("string", "integer", "number", "boolean") else ""
