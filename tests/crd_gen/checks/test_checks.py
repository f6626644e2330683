"""The checks of definitions, compared with the real API server.

`refused` is True if the server rejects the definition too; otherwise the finding is a gap that only crd-gen
checks.
"""

import json
from typing import Any

import pytest

from controlplane import ControlPlane
from crd_gen.checks import findings
from support.crds.definitions import CRDS, crd, node, root, rule

STR, INT = node("string"), node("integer")
KEYED = node("object", properties={"name": STR, "n": INT}, required=["name"])
ROW = tuple[str, dict[str, Any], str, bool]

SCHEMAS: list[ROW] = [
    ("$ref", root(a={"$ref": "#/x"}), "a: $ref is not supported in a definition", True),
    ("const", root(a=node("string", const="x")), "a: const is not a field of JSONSchemaProps", True),
    ("number as exclusive bound", root(a=node("integer", exclusiveMinimum=3)), "must be bool", True),
    ("uniqueItems", root(a=node("array", items=STR, uniqueItems=True)), "uniqueItems cannot be true", True),
    ("no type", root(a={"description": "x"}), "a: has no type", True),
    ("wrong type", root(a=node("str")), "a: type must be one of", True),
    ("array without items", root(a=node("array")), "a: is an array without items", True),
    ("root is no object", {"type": "string"}, "must be an object", True),
    ("nullable root", {"type": "object", "nullable": True}, "cannot be nullable", True),
    ("open root", node(additionalProperties=STR), "cannot have additionalProperties", True),
    ("kind is no string", root(kind=INT), "kind must be a string", True),
    ("labels restricted", root(metadata=node(properties={"labels": node()})), "metadata can restrict", True),
    ("type in anyOf", root(a=node("string", anyOf=[STR])), "type is not allowed within anyOf[0]", True),
    (
        "default in allOf",
        root(a=node("string", allOf=[{"default": "x"}])),
        "default is not allowed within",
        True,
    ),
    (
        "field only in oneOf",
        root(a=node(oneOf=[{"properties": {"b": {"enum": ["x"]}}}])),
        "a.b: is restricted within oneOf[0] but not declared outside of it",
        False,
    ),
    (
        "rules in not",
        root(a=node("string", **{"not": node("", x_validations=rule("true"))})),
        "not allowed within not",
        True,
    ),
    (
        "properties and additionalProperties",
        root(a=node(properties={"b": STR}, additionalProperties=STR)),
        "which are mutually exclusive",
        True,
    ),
    ("pruning said false", root(a=node(x_preserve_unknown_fields=False)), "must be true or unset", True),
    (
        "int-or-string that preserves",
        root(a=node("", x_int_or_string=True, x_preserve_unknown_fields=True)),
        "cannot be int-or-string and also preserve",
        True,
    ),
    ("embedded scalar", root(a=node("string", x_embedded_resource=True)), "so it must be an object", True),
    ("embedded nothing", root(a=node(x_embedded_resource=True)), "so it needs properties", True),
    (
        "list type on a map",
        root(a=node(x_list_type="set")),
        "x-kubernetes-list-type requires type array",
        True,
    ),
    ("unknown list type", root(a=node("array", items=STR, x_list_type="bag")), "atomic, set or map", True),
    (
        "map list without keys",
        root(a=node("array", items=KEYED, x_list_type="map")),
        "at least one key",
        True,
    ),
    (
        "map list of scalars",
        root(a=node("array", items=STR, x_list_type="map", x_list_map_keys=["name"])),
        "items of a map list must be objects",
        True,
    ),
    (
        "key that is no field",
        root(a=node("array", items=KEYED, x_list_type="map", x_list_map_keys=["id"])),
        "key 'id' is not a field of the items",
        True,
    ),
    (
        "key that may be absent",
        root(a=node("array", items=KEYED, x_list_type="map", x_list_map_keys=["n"])),
        "key 'n' must be required or have a default",
        True,
    ),
    ("keys without a map", root(a=node("array", items=KEYED, x_list_map_keys=["name"])), "requires", True),
    (
        "nullable set items",
        root(a=node("array", items=node("string", nullable=True), x_list_type="set")),
        "items of a set list cannot be nullable",
        True,
    ),
    ("set of granular maps", root(a=node("array", items=node(), x_list_type="set")), "atomic maps", True),
    ("unknown map type", root(a=node(x_map_type="loose")), "must be atomic or granular", True),
    (
        "look-ahead",
        root(a=node("string", pattern="a(?=b)")),
        "does not compile in Go: invalid perl operator: (?=",
        True,
    ),
    ("1001 repeats", root(a=node("string", pattern="a{1001}")), "invalid repetition size: {1001}", True),
    (
        "repeats of repeats",
        root(a=node("string", pattern="(a{50}){50}")),
        "invalid repetition size: {50}",
        True,
    ),
    ("possessive", root(a=node("string", pattern="a++")), "bad repetition operator: ++", True),
    (
        "property",
        root(a=node("string", pattern=r"\p{Alphabetic}")),
        "invalid character class range: \\p{Alphabetic}",
        True,
    ),
    ("default of other digits", root(a=node("string", pattern=r"^\d$", default="٣")), "does not match", True),
    ("default of another type", root(a=node("string", default=3)), "a: invalid default: ", True),
    ("default below its bound", root(a=node("integer", minimum=3, default=2)), "below the minimum 3", True),
    (
        "default that leaves inner defaults to others",
        root(a=node(required=["b"], properties={"b": node("string", default="x")}, default={})),
        "it lacks the required 'b'; nested defaults are not applied to a default",
        True,
    ),
    (
        "default that is pruned",
        root(a=node(properties={"b": STR}, default={"c": 1})),
        "would be pruned",
        True,
    ),
    ("default in metadata", root(metadata=node(default={})), "cannot have a default", True),
    ("empty rule", root(a=node("string", x_validations=rule(" "))), "is empty", True),
    (
        "rule that is no CEL",
        root(a=node("string", x_validations=rule("self =="))),
        "has invalid CEL in rule",
        True,
    ),
    (
        "rule on an unknown field",
        root(a=node(properties={"b": STR}, x_validations=rule("self.c == 'x'"))),
        "self has no field 'c' visible to CEL; it has b",
        True,
    ),
    (
        "rule on labels",
        {**root(a=STR), **node(x_validations=rule("self.metadata.labels.size() > 1"))},
        "labels",
        True,
    ),
    (
        "rule that is no verdict",
        root(a=node("string", x_validations=rule("self"))),
        "must return a bool",
        True,
    ),
    (
        "unknown function",
        root(a=node("string", x_validations=rule("self.len() > 1"))),
        "unknown function 'len'",
        True,
    ),
    (
        "unknown variable",
        root(a=node("string", x_validations=rule("that == 'x'"))),
        "unknown variable 'that'",
        True,
    ),
    (
        "rule on unknown data",
        root(a=node(x_preserve_unknown_fields=True, x_validations=rule("self.b == 1"))),
        "self has no field 'b' visible to CEL; it has none",
        True,
    ),
    (
        "message of two lines",
        root(a=node("string", x_validations=rule("true", message="a\nb"))),
        "multi-line",
        True,
    ),
    (
        "two lines, no message",
        root(a=node("string", x_validations=rule("self\n== 'x'"))),
        "needs a message",
        True,
    ),
    (
        "unknown reason",
        root(a=node("string", x_validations=rule("true", reason="Why"))),
        "has the reason",
        True,
    ),
    (
        "fieldPath to nowhere",
        root(a=node(properties={"b": STR}, x_validations=rule("true", fieldPath=".c"))),
        "has the fieldPath '.c', which is not a field here",
        True,
    ),
    (
        "message that is a number",
        root(a=node("string", x_validations=rule("true", messageExpression="1"))),
        "must return a string in messageExpression, not a int",
        True,
    ),
    (
        "oldSelf in a plain list",
        root(a=node("array", items=node("string", x_validations=rule("self == oldSelf")))),
        "uses oldSelf within a, whose items have no identity: use list type map",
        True,
    ),
    (
        "optionalOldSelf without oldSelf",
        root(a=node("string", x_validations=rule("true", optionalOldSelf=True))),
        "sets optionalOldSelf but does not use oldSelf",
        True,
    ),
    (
        "too dear",
        root(a=node("array", items=node("string", x_validations=rule("self.matches('a+')")))),
        "a has no bound; set maxItems",
        True,
    ),
    ("same rule twice", root(a=node("string", x_validations=rule("true") * 2)), "is a duplicate", False),
    ("enum of another type", root(a=node("string", enum=[1])), "enum: it is 1, not of type string", False),
    ("empty enum", root(a=node("string", enum=[])), "enum is empty: no value is valid", False),
    ("value twice", root(a=node("string", enum=["a", "a"])), "enum has duplicate values", False),
    ("negative length", root(a=node("string", maxLength=-1)), "maxLength must not be negative", False),
    (
        "bounds that cross",
        root(a=node("integer", minimum=3, maximum=2)),
        "minimum 3 is greater than maximum 2",
        False,
    ),
    ("pattern on a number", root(a=node("integer", pattern="a")), "pattern does not apply to type", False),
    (
        "length of a list",
        root(a=node("array", items=STR, maxLength=3)),
        "maxLength does not apply to",
        False,
    ),
    (
        "unknown field required",
        root(a=node(properties={"b": STR}, required=["c"])),
        "required lists the unknown field 'c'",
        False,
    ),
    ("unknown format", root(a=node("string", format="mail")), "the server ignores it", False),
    ("format of another type", root(a=node("string", format="int64")), "the server ignores it", False),
    (
        "exclusive of nothing",
        root(a=node("integer", exclusiveMinimum=True)),
        "exclusiveMinimum has no effect without minimum",
        False,
    ),
    ("default of no format", root(a=node("string", format="ipv4", default="x")), "not a valid ipv4", True),
    (
        "default beyond int32",
        root(a=node("integer", format="int32", default=2**40)),
        "not a valid int32",
        True,
    ),
    ("default of no multiple", root(a=node("integer", multipleOf=5, default=3)), "not a multiple of 5", True),
    (
        "default beyond allOf",
        root(a=node("integer", allOf=[{"maximum": 3}], default=5)),
        "is 5, which is valid for 0 of the 1 schemas in allOf",
        True,
    ),
    (
        "default beyond anyOf",
        root(a=node("string", anyOf=[{"pattern": "^a"}, {"pattern": "^b"}], default="c")),
        "is 'c', which is valid for 0 of the 2 schemas in anyOf",
        True,
    ),
    (
        "default within two of oneOf",
        root(a=node("string", oneOf=[{"pattern": "^a"}, {"maxLength": 3}], default="ab")),
        "is 'ab', which is valid for 2 of the 2 schemas in oneOf",
        True,
    ),
    (
        "default within not",
        root(a=node("string", **{"not": {"pattern": "^a"}}, default="ab")),
        "is 'ab', which 'not' excludes",
        True,
    ),
    (
        "default with a value twice",
        root(a=node("array", items=STR, x_list_type="set", default=["a", "a"])),
        "it has duplicate items in a set list",
        False,
    ),
    (
        "default with a key twice",
        root(
            a=node(
                "array",
                items=KEYED,
                x_list_type="map",
                x_list_map_keys=["name"],
                default=[{"name": "a", "n": 1}, {"name": "a"}],
            )
        ),
        "it has duplicate items in a map list",
        False,
    ),
    ("default of the root", {**root(a=STR), "default": {}}, "cannot have a default", True),
    (
        "default of a name",
        root(metadata=node(properties={"name": node("string", default="a")})),
        "metadata.name: cannot have a default",
        True,
    ),
    (
        "bound beyond int64",
        root(a=node("integer", maximum=2**63 - 1)),
        "maximum 9223372036854775807 is beyond 64 bits: the server rejects every whole number",
        False,
    ),
    (
        "lowest bound of int64",
        root(a=node("integer", minimum=-(2**63))),
        "minimum -9223372036854775808 is beyond 64 bits",
        False,
    ),
    ("bound of a large number", root(a=node("number", maximum=1e300)), "maximum 1e+300 is beyond 64", False),
    ("bound between floats", root(a=node("integer", maximum=2**60 + 1)), "its bounds are floats", False),
    ("bound between integers", root(a=node("integer", minimum=1.5)), "minimum 1.5 is not an integer", False),
    (
        "carriage return in a rule",
        root(a=node("string", x_validations=rule("true &&\rtrue"))),
        "spans several lines, so it needs a message",
        True,
    ),
    (
        "default below a key",
        root(a=node(additionalProperties=node("string", default=3))),
        "invalid default: ",
        False,
    ),
]

PLAIN = root(spec=node(properties={"n": INT, "s": STR}), status=node(properties={"n": INT}))


def spec(**words: Any) -> dict[str, Any]:
    """Build a definition with other words in its spec."""
    plain = crd(PLAIN)
    return {**plain, "spec": plain["spec"] | words}


def metadata(**words: Any) -> dict[str, Any]:
    """Build a definition with other metadata."""
    plain = crd(PLAIN)
    return {**plain, "metadata": plain["metadata"] | words}


def converted(strategy: str = "Webhook", versions: list[str] | None = None, **config: Any) -> dict[str, Any]:
    """Build a definition with a conversion."""
    webhook = {"conversionReviewVersions": versions or ["v1"], "clientConfig": config}
    return spec(conversion={"strategy": strategy, **({"webhook": webhook} if config else {})})


DEFINITIONS: list[ROW] = [
    ("plural", crd(PLAIN, names={"plural": "Widgets"}), "plural 'Widgets' must be a DNS-1035 label", True),
    ("kind", crd(PLAIN, names={"kind": "Wid_get"}), "kind 'wid_get' must be a DNS-1035 label", True),
    ("short name", crd(PLAIN, names={"shortNames": ["W"]}), "shortNames 'W' must be", True),
    ("list kind", crd(PLAIN, names={"listKind": "Widget"}), "kind and listKind are both 'Widget'", True),
    ("no storage", crd(PLAIN, storage=False), "must have exactly one storage version, not none", True),
    ("version", crd(PLAIN, name="V1"), "version 'V1' must be a DNS-1035 label", True),
    (
        "column type",
        crd(PLAIN, additionalPrinterColumns=[{"name": "N", "type": "int", "jsonPath": ".spec.n"}]),
        "column 'N' has type 'int'",
        True,
    ),
    (
        "column path",
        crd(PLAIN, additionalPrinterColumns=[{"name": "N", "type": "string", "jsonPath": "spec.n"}]),
        "column 'N' must have a jsonPath that starts with a dot",
        True,
    ),
    (
        "column to nowhere",
        crd(PLAIN, additionalPrinterColumns=[{"name": "N", "type": "string", "jsonPath": ".spec.x"}]),
        "column 'N' shows the unknown field .spec.x",
        False,
    ),
    (
        "selectable object",
        crd(PLAIN, selectableFields=[{"jsonPath": ".spec"}]),
        "selectable field .spec must be a string, boolean or integer",
        True,
    ),
    ("selectable name", crd(PLAIN, selectableFields=[{"jsonPath": ".metadata.name"}]), "is metadata", True),
    (
        "scale",
        crd(PLAIN, subresources={"scale": {"specReplicasPath": ".n", "statusReplicasPath": ".status.n"}}),
        "scale specReplicasPath .n must be below .spec.",
        True,
    ),
    ("warning", crd(PLAIN, deprecationWarning="old"), "is not deprecated", True),
    ("scope", spec(scope="namespaced"), "scope 'namespaced' must be Cluster or Namespaced", True),
    ("pruning", spec(preserveUnknownFields=True), "preserveUnknownFields must be false", True),
    ("label", metadata(labels={"a": "b c"}), "labels has the value 'b c' of a, which must be", True),
    ("label key", metadata(labels={"a b": "c"}), "labels has the key 'a b', which must be a name", True),
    ("annotation", metadata(annotations={"-": "c"}), "annotations has the key '-', which must be", True),
    (
        "approval",
        {**metadata(annotations={"api-approved.kubernetes.io": "yes"}, name="widgets.a.k8s.io")}
        | {"spec": spec(group="a.k8s.io")["spec"]},
        "group 'a.k8s.io' is protected and needs the annotation api-approved.kubernetes.io",
        True,
    ),
    ("conversion", converted("Magic"), "the conversion strategy 'Magic' must be None or Webhook", True),
    ("no webhook", converted("Webhook"), "the conversion strategy Webhook requires a webhook", True),
    (
        "port of the webhook",
        converted(service={"namespace": "a", "name": "b", "port": 70000}),
        "the conversion webhook's port 70000 must be from 1 to 65535",
        True,
    ),
    (
        "path of the webhook",
        converted(service={"namespace": "a", "name": "b", "path": "/x y"}),
        "the conversion webhook's path '/x y' must be / and lowercase letters",
        True,
    ),
    ("query of the webhook", converted(url="https://a/?x=1"), "must have a host, and neither user", True),
    (
        "reviews of the webhook",
        converted(url="https://a", versions=["v1", "v1"]),
        "review versions v1, v1 must be unique",
        True,
    ),
    (
        "warning of many bytes",
        crd(PLAIN, deprecated=True, deprecationWarning="é" * 200),
        "must be 1 to 256 bytes of printable text",
        True,
    ),
    (
        "column without a name",
        crd(PLAIN, additionalPrinterColumns=[{"name": "", "type": "string", "jsonPath": ".spec.s"}]),
        "the column of .spec.s has no name",
        True,
    ),
    (
        "column format",
        crd(
            PLAIN,
            additionalPrinterColumns=[{"name": "N", "type": "integer", "jsonPath": ".spec.n", "format": "x"}],
        ),
        "column 'N' has format 'x'; it must be one of byte,",
        True,
    ),
    ("selectable path", crd(PLAIN, selectableFields=[{"jsonPath": "spec.s"}]), "must start with a dot", True),
    (
        "root beside status",
        crd({**PLAIN, "minProperties": 1}, status=True),
        "minProperties is not allowed at the root of a kind with a status subresource",
        True,
    ),
]
ROWS = [(name, crd(schema), problem, refused) for name, schema, problem, refused in SCHEMAS] + DEFINITIONS
IDS = [row[0] for row in ROWS]

LEGAL = {
    "plain": crd(PLAIN, status=True),
    "int or string": crd(root(a=node("", x_int_or_string=True, anyOf=[INT, STR]))),
    "int or string in allOf": crd(
        root(a=node("", x_int_or_string=True, allOf=[{"anyOf": [INT, STR]}, {"pattern": "^a"}]))
    ),
    "any JSON": crd(root(a=node("", x_preserve_unknown_fields=True, nullable=True))),
    "embedded": crd(root(a=node(x_embedded_resource=True, x_preserve_unknown_fields=True))),
    "values below logic": crd(
        root(
            a=node(properties={"b": STR}, oneOf=[{"required": ["b"]}, {"properties": {"b": {"enum": ["x"]}}}])
        )
    ),
    "map list": crd(root(a=node("array", items=KEYED, x_list_type="map", x_list_map_keys=["name"]))),
    "oldSelf in a map list": crd(
        root(
            a=node(
                "array",
                maxItems=9,
                items={**KEYED, **node(x_validations=rule("self == oldSelf"))},
                x_list_type="map",
                x_list_map_keys=["name"],
            )
        )
    ),
    "oldSelf on an atomic list": crd(root(a=node("array", items=STR, x_validations=rule("self == oldSelf")))),
    "oldSelf below a map": crd(
        root(
            a=node(
                maxProperties=9, additionalProperties=node("string", x_validations=rule("self == oldSelf"))
            )
        )
    ),
    "rules of many kinds": crd(
        root(
            a=node(
                properties={
                    "if": STR,
                    "a-b": INT,
                    "n": INT,
                    "l": node("array", maxItems=9, items=node("string", maxLength=99)),
                },
                x_validations=[
                    {"rule": "self.__if__ == 'x' && self.a__dash__b >= 1", "fieldPath": ".if"},
                    {"rule": "self.l.all(i, i.matches(r'^a\\.b$'))", "reason": "FieldValueRequired"},
                    {"rule": "oldSelf.optMap(o, o.n == self.n).orValue(true)", "optionalOldSelf": True},
                    {
                        "rule": "!has(self.n) || self.n in [1, 2]",
                        "messageExpression": "'n is not ' + 'small'",
                    },
                ],
            )
        )
    ),
    "required fields of every object": crd(
        {**root(spec=PLAIN), "required": ["apiVersion", "kind", "metadata", "spec"]}
    ),
    "columns of several fields": crd(
        PLAIN,
        additionalPrinterColumns=[
            {"name": f"C{number}", "type": "string", "jsonPath": path}
            for number, path in enumerate((".spec.*", "..s", ".spec['n','s']", '.spec["s"]'))
        ],
    ),
    "default within anyOf": crd(
        root(a=node("string", anyOf=[{"pattern": "^a"}, {"enum": ["b"]}], default="b"))
    ),
    "complete default": crd(
        root(a=node(required=["b"], properties={"b": node("string", default="x")}, default={"b": "y"}))
    ),
}


@pytest.mark.parametrize(("name", "definition", "problem", "refused"), ROWS, ids=IDS)
def test_invalid_definition_has_a_finding(
    name: str,  # noqa: ARG001
    definition: dict[str, Any],
    problem: str,
    refused: bool,  # noqa: ARG001
) -> None:
    """An invalid definition has the expected error."""
    errors = [str(finding) for finding in findings(definition) if finding.level == "error"]

    assert any(problem in error for error in errors), errors


@pytest.mark.cluster
@pytest.mark.parametrize(("name", "definition", "problem", "refused"), ROWS, ids=IDS)
def test_server_rejects_what_has_an_error(
    control_plane: ControlPlane, name: str, definition: dict[str, Any], problem: str, refused: bool
) -> None:
    """The real API server rejects the same definitions, except for the gaps."""
    query = "?dryRun=All&fieldValidation=Strict"

    answer = control_plane.api.call("POST", CRDS + query, json.dumps(definition).encode())

    assert (answer.status == 201) is not refused, f"{name}, {problem}: {answer.body!r}"


@pytest.mark.parametrize("definition", LEGAL.values(), ids=LEGAL)
def test_valid_definition_has_no_finding(definition: dict[str, Any]) -> None:
    """A valid definition has no findings."""
    assert findings(definition) == []


@pytest.mark.cluster
@pytest.mark.parametrize("definition", LEGAL.values(), ids=LEGAL)
def test_server_accepts_what_has_no_finding(control_plane: ControlPlane, definition: dict[str, Any]) -> None:
    """The real API server accepts every definition without a finding."""
    query = "?dryRun=All&fieldValidation=Strict"

    answer = control_plane.api.call("POST", CRDS + query, json.dumps(definition).encode())

    assert answer.status == 201, answer.message


def test_transition_rule_that_another_version_lacks() -> None:
    """A transition rule that a served version lacks is a warning, since a client can bypass it there."""
    frozen = root(spec=node(properties={"n": node("integer", x_validations=rule("self == oldSelf"))}))
    definition = crd(frozen)
    first = definition["spec"]["versions"][0]
    free = {"openAPIV3Schema": root(spec=node(properties={"n": node("integer")}))}
    definition["spec"]["versions"].append({**first, "name": "v2", "storage": False, "schema": free})

    assert [str(finding) for finding in findings(definition)] == [
        (
            "v2: spec.n: lacks the transition rule 'self == oldSelf' of other versions:"
            " a client can bypass it through v2"
        )
    ]
