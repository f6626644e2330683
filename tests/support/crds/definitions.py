"""Definitions for the tests of crd_gen; a test states only what differs."""

from typing import Any

Schema = dict[str, Any]
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def crd(schema: Schema, *, status: bool = False, names: Schema | None = None, **version: Any) -> Schema:
    """Wrap a schema into a definition of one version."""
    served: Schema = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    if status:
        served["subresources"] = {"status": {}}
    named = {"kind": "Widget", "listKind": "WidgetList", "plural": "widgets", "singular": "widget"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "names": named | (names or {}),
            "scope": "Namespaced",
            "versions": [served | version],
        },
    }


def root(**properties: Any) -> Schema:
    """Build the schema of a whole object."""
    return {"type": "object", "properties": properties}


def node(kind: str = "object", **words: Any) -> Schema:
    """Build a schema from its words; `_` stands for the dash, `x_` for x-kubernetes-."""
    named = {
        f"x-kubernetes-{word[2:].replace('_', '-')}" if word.startswith("x_") else word: value
        for word, value in words.items()
    }
    return {"type": kind, **named} if kind else named


def rule(text: str, **words: Any) -> list[Schema]:
    """Build an x-kubernetes-validations of one entry."""
    return [{"rule": text, **words}]
