"""Definitions that mean the same are equal, and changes that mean something have their weight, both ways."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from crd_gen.diff import compare

NAME = "boxes.example.com"
Definition = dict[str, Any]

BASE: Definition = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": NAME},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"kind": "Box", "plural": "boxes"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {}}},
            }
        ],
    },
}


def with_field(**schema: Any) -> Definition:
    """Return a definition whose field `f` has a schema."""
    made = copy.deepcopy(BASE)
    made["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"] = {"f": schema}
    return made


def changed(change: Callable[[Definition], object]) -> Definition:
    """Return a changed definition."""
    made = copy.deepcopy(BASE)
    change(made["spec"])
    return made


def weights(old: Definition, new: Definition) -> list[str]:
    """Return weight and code of each change."""
    found = compare({NAME: old}, {NAME: new})
    return [f"{change.weight.name.lower()} {change.code}" for change in found]


def webhook(**service: Any) -> Definition:
    """Return a conversion by webhook."""
    config = {"service": {"namespace": "a", "name": "b", **service}}
    return {"strategy": "Webhook", "webhook": {"clientConfig": config, "conversionReviewVersions": ["v1"]}}


def with_ca(conversion: Definition) -> Definition:
    """Return the conversion as a controller completed it."""
    made: Definition = json.loads(json.dumps(conversion))
    made["webhook"]["clientConfig"]["caBundle"] = "Cg=="
    return made


def with_column(path: str) -> Definition:
    """Return a definition with a column."""
    column = {"name": "Column", "type": "string", "jsonPath": path}
    return changed(lambda spec: spec["versions"][0].update(additionalPrinterColumns=[column]))


DEFAULTED: Definition = {
    "type": "object",
    "properties": {
        "a": {"type": "integer", "default": 1},
        "b": {
            "type": "object",
            "default": {"c": [{}]},
            "properties": {
                "c": {
                    "type": "array",
                    "items": {"type": "object", "properties": {"d": {"type": "integer", "default": 2}}},
                }
            },
        },
    },
}
NAMED = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 3}}}


def root(spec: Definition) -> Definition:
    """Return the schema of a whole object."""
    found: Definition = spec["versions"][0]["schema"]["openAPIV3Schema"]
    return found


SAME = {
    "listKind": (BASE, changed(lambda spec: spec["names"].update(listKind="BoxList"))),
    "singular": (BASE, changed(lambda spec: spec["names"].update(singular="box"))),
    "conversion": (BASE, changed(lambda spec: spec.update(conversion={"strategy": "None"}))),
    "preserveUnknownFields": (BASE, changed(lambda spec: spec.update(preserveUnknownFields=False))),
    "empty subresources": (BASE, changed(lambda spec: spec["versions"][0].update(subresources={}))),
    "null short names": (BASE, changed(lambda spec: spec["names"].update(shortNames=None))),
    "flags that are off": (
        with_field(type="string"),
        with_field(**{"type": "string", "nullable": False, "x-kubernetes-preserve-unknown-fields": None}),
    ),
    "empty lists": (with_field(type="object"), with_field(type="object", required=[], properties={})),
    "lowest bounds": (
        with_field(type="array", items={"type": "string"}),
        with_field(type="array", minItems=0, items={"type": "string", "minLength": 0}),
    ),
    "any keys": (
        with_field(type="object", additionalProperties=True),
        with_field(type="object", additionalProperties={}),
    ),
    "whole floats": (with_field(type="number", maximum=3), with_field(type="number", maximum=3.0)),
    "order of required": (
        with_field(type="object", required=["a", "b"]),
        with_field(type="object", required=["b", "a"]),
    ),
    "allOf in the schema": (
        with_field(type="string", maxLength=3, pattern="^a"),
        with_field(type="string", allOf=[{"maxLength": 3}, {"pattern": "^a"}]),
    ),
    "allOf of two bounds": (
        with_field(type="string", maxLength=3),
        with_field(type="string", maxLength=5, allOf=[{"maxLength": 3}]),
    ),
    "allOf in allOf": (
        with_field(type="integer", minimum=1, maximum=5),
        with_field(type="integer", allOf=[{"allOf": [{"minimum": 1}, {"maximum": 5}]}]),
    ),
    "allOf of a nested field": (
        with_field(type="object", properties={"a": {"type": "string", "maxLength": 3}}),
        with_field(
            type="object",
            properties={"a": {"type": "string"}},
            allOf=[{"properties": {"a": {"maxLength": 3}}}],
        ),
    ),
    "anyOf of one branch": (
        with_field(type="string", pattern="^a"),
        with_field(type="string", anyOf=[{"pattern": "^a"}]),
    ),
    "order of anyOf": (
        with_field(type="string", anyOf=[{"pattern": "^a"}, {"pattern": "^b"}]),
        with_field(type="string", anyOf=[{"pattern": "^b"}, {"pattern": "^a"}]),
    ),
    "anyOf in anyOf": (
        with_field(type="string", anyOf=[{"pattern": "^a"}, {"pattern": "^b"}, {"maxLength": 2}]),
        with_field(
            type="string", anyOf=[{"pattern": "^a"}, {"anyOf": [{"pattern": "^b"}, {"maxLength": 2}]}]
        ),
    ),
    "anyOf of values": (
        with_field(type="string", enum=["a", "b"]),
        with_field(type="string", anyOf=[{"enum": ["a"]}, {"enum": ["b"]}]),
    ),
    "int-or-string": (
        with_field(**{"x-kubernetes-int-or-string": True}),
        with_field(
            **{"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}
        ),
    ),
    "int-or-string in allOf": (
        with_field(**{"x-kubernetes-int-or-string": True, "pattern": "^a"}),
        with_field(
            **{
                "x-kubernetes-int-or-string": True,
                "allOf": [{"anyOf": [{"type": "integer"}, {"type": "string"}]}, {"pattern": "^a"}],
            }
        ),
    ),
    "exclusive bound of an integer": (
        with_field(type="integer", minimum=1),
        with_field(type="integer", minimum=0, exclusiveMinimum=True),
    ),
    "list type that is the default": (
        with_field(type="array", items={"type": "string"}),
        with_field(**{"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "atomic"}),
    ),
    "spaces between the tokens of a rule": (
        with_field(**{"type": "string", "x-kubernetes-validations": [{"rule": "self != 'a' && true"}]}),
        with_field(
            **{"type": "string", "x-kubernetes-validations": [{"rule": "self  != 'a'\n  && true // why"}]}
        ),
    ),
    "default with the defaults of its fields": (
        with_field(**DEFAULTED, default={}),
        with_field(**DEFAULTED, default={"a": 1, "b": {"c": [{"d": 2}]}}),
    ),
    "lines of a description": (
        with_field(type="string", description="First line,\nsecond.\n"),
        with_field(type="string", description="First line, second."),
    ),
    "length that the values have": (
        with_field(type="string", enum=["a", "bc"]),
        with_field(type="string", enum=["a", "bc"], minLength=1, maxLength=9),
    ),
    "unknown fields of a scalar": (
        with_field(type="boolean"),
        with_field(**{"type": "boolean", "x-kubernetes-preserve-unknown-fields": True}),
    ),
    "null in a list of anything": (
        with_field(type="array", items={"x-kubernetes-preserve-unknown-fields": True}),
        with_field(type="array", items={"x-kubernetes-preserve-unknown-fields": True, "nullable": True}),
    ),
    "spaces and quotes in a filter": (
        with_column('.status.conditions[?(@.type=="Ready")].status'),
        with_column(".status.conditions[?( @.type == 'Ready' )].status"),
    ),
    "key in brackets": (
        with_column(r".metadata.labels.example\.com/team"),
        with_column(r".metadata.labels['example\.com/team']"),
    ),
    "port of a webhook": (
        changed(lambda spec: spec.update(conversion=webhook(port=443))),
        changed(lambda spec: spec.update(conversion=webhook())),
    ),
}


@pytest.mark.parametrize(("left", "right"), SAME.values(), ids=SAME)
def test_same_meaning_is_no_change(left: Definition, right: Definition) -> None:
    """What the API server stores alike is no change, in both directions."""
    assert weights(left, right) == weights(right, left) == []


TEXT = {"type": "string"}
OBJECT = {"type": "object", "properties": {"a": TEXT}}
WEIGHTS: dict[str, tuple[Definition, Definition, list[str], list[str]]] = {
    "preserveUnknownFields": (
        changed(lambda spec: spec.update(preserveUnknownFields=True)),
        BASE,
        ["breaking pruning-turned-on"],
        ["loosening pruning-turned-off"],
    ),
    "brackets within the text of a filter": (
        with_column(""".items[?(@.name=="['b']")].s"""),
        with_column(""".items[?(@.name==".b")].s"""),
        ["breaking column-changed"],
        ["breaking column-changed"],
    ),
    "field with a default": (
        with_field(type="object", required=["a"], properties={"a": {"type": "string", "default": "x"}}),
        with_field(type="object", properties={"a": {"type": "string", "default": "x"}}),
        [],
        ["safe required-with-default"],
    ),
    "string to int-or-string": (
        with_field(**TEXT),
        with_field(
            **{"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}
        ),
        ["loosening type-widened"],
        ["breaking type-changed"],
    ),
    "integer to number": (
        with_field(type="integer"),
        with_field(type="number"),
        ["loosening type-widened"],
        ["breaking type-changed"],
    ),
    "int32 to int64": (
        with_field(type="integer", format="int32"),
        with_field(type="integer", format="int64"),
        ["loosening format-changed"],
        ["ratcheted format-changed"],
    ),
    "object to any keys": (
        with_field(type="object"),
        with_field(type="object", additionalProperties=True),
        ["loosening map-opened"],
        ["breaking map-removed"],
    ),
    "preserved to any keys": (
        with_field(**{"type": "object", "x-kubernetes-preserve-unknown-fields": True}),
        with_field(type="object", additionalProperties=True),
        ["breaking map-opened", "breaking pruning-turned-on"],
        ["loosening map-opened", "loosening pruning-turned-off"],
    ),
    "fields to a map": (
        with_field(**OBJECT),
        with_field(type="object", additionalProperties=TEXT),
        ["tightening map-added"],
        ["breaking map-removed", "safe field-added"],
    ),
    "fields to a map of another type": (
        with_field(**OBJECT),
        with_field(type="object", additionalProperties={"type": "integer"}),
        ["breaking type-changed", "tightening map-added"],
        ["breaking map-removed", "safe field-added"],
    ),
    "branch of anyOf": (
        with_field(type="string", anyOf=[{"pattern": "^a"}, {"pattern": "^b"}]),
        with_field(type="string", anyOf=[{"pattern": "^a"}, {"pattern": "^b"}, {"pattern": "^c"}]),
        ["loosening logic-changed"],
        ["tightening logic-changed"],
    ),
    "bound in allOf": (
        with_field(type="string"),
        with_field(type="string", allOf=[{"maxLength": 3}]),
        ["tightening bound-added"],
        ["loosening bound-removed"],
    ),
    "branch of allOf": (
        with_field(type="string", pattern="^a", allOf=[{"pattern": "^b"}]),
        with_field(type="string", pattern="^a", allOf=[{"pattern": "^b"}, {"pattern": "^c"}]),
        ["tightening logic-changed"],
        ["loosening logic-changed"],
    ),
    "spaces within a string of a rule": (
        with_field(**{"type": "string", "x-kubernetes-validations": [{"rule": "self != 'a  b'"}]}),
        with_field(**{"type": "string", "x-kubernetes-validations": [{"rule": "self != 'a b'"}]}),
        ["ratcheted rule-added", "loosening rule-removed"],
        ["ratcheted rule-added", "loosening rule-removed"],
    ),
    "items": (
        with_field(**{"type": "array", "x-kubernetes-preserve-unknown-fields": True}),
        with_field(**{"type": "array", "items": TEXT, "x-kubernetes-preserve-unknown-fields": True}),
        ["tightening items-added"],
        ["loosening items-removed"],
    ),
    "exclusive bound of a number": (
        with_field(type="number", maximum=3),
        with_field(type="number", maximum=3, exclusiveMaximum=True),
        ["ratcheted bound-tightened"],
        ["loosening bound-loosened"],
    ),
    "exclusive bound that is wider": (
        with_field(type="number", maximum=3),
        with_field(type="number", maximum=5, exclusiveMaximum=True),
        ["loosening bound-loosened"],
        ["ratcheted bound-tightened"],
    ),
    "field beside any keys": (
        with_field(type="object", additionalProperties=True),
        with_field(type="object", additionalProperties=True, properties={"a": {"type": "integer"}}),
        ["ratcheted field-listed"],
        ["loosening field-unlisted"],
    ),
    "name of the object": (
        BASE,
        changed(lambda spec: root(spec)["properties"].update(metadata=NAMED)),
        ["ratcheted bound-added"],
        ["loosening bound-removed"],
    ),
    "CA of a webhook": (
        changed(lambda spec: spec.update(conversion=webhook())),
        changed(lambda spec: spec.update(conversion=with_ca(webhook()))),
        ["safe words"],
        ["safe words"],
    ),
    "service of a webhook": (
        changed(lambda spec: spec.update(conversion=webhook())),
        changed(lambda spec: spec.update(conversion=webhook(port=8443))),
        ["breaking conversion-changed"],
        ["breaking conversion-changed"],
    ),
}


@pytest.mark.parametrize(("old", "new", "there", "back"), WEIGHTS.values(), ids=WEIGHTS)
def test_change_has_its_weight_both_ways(
    old: Definition, new: Definition, there: list[str], back: list[str]
) -> None:
    """A change and its opposite have the weights that they deserve."""
    assert (weights(old, new), weights(new, old)) == (there, back)
