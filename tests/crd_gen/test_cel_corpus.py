"""crd-gen and the API server compile the same rules."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from controlplane import ControlPlane
from crd_gen.cel.compiler import compile_expression
from crd_gen.cel.typing.types import decl_type
from crd_gen.errors import CelError
from crd_gen.manifests.yaml import load

CORPUS = Path(__file__).parent / "cel_corpus"
VALID, INVALID = ((CORPUS / f"{name}.txt").read_text("utf-8").splitlines() for name in ("valid", "invalid"))
NODE: dict[str, Any] = load((CORPUS / "schema.yaml").read_text("utf-8"), "schema.yaml")[0]
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All"
AT_ONCE = 40
"""Rules in one definition: many more, and the server leaves errors out."""


def compiles(rule: str) -> bool:
    """Return True if crd-gen compiles a rule."""
    kind = decl_type(NODE)
    assert kind is not None
    try:
        compile_expression(rule, kind)
    except CelError:
        return False
    return True


def test_every_valid_rule_compiles() -> None:
    """A rule that the API server compiles is not refused."""
    assert [rule for rule in VALID if not compiles(rule)] == []


def test_every_invalid_rule_is_refused() -> None:
    """A rule that the API server refuses is refused."""
    assert [rule for rule in INVALID if compiles(rule)] == []


def test_the_corpus_has_300_rules_and_no_rule_twice() -> None:
    """The corpus is as large as it is meant to be."""
    rules = [*VALID, *INVALID]

    assert len(rules) >= 300
    assert len(set(rules)) == len(rules)


@pytest.mark.cluster
def test_the_real_server_has_the_same_verdict(control_plane: ControlPlane) -> None:
    """The API server accepts the valid rules and refuses the others."""
    refused = refused_by_server(control_plane, [*VALID, *INVALID])

    assert sorted(set(VALID) & refused) == []
    assert sorted(set(INVALID) - refused) == []


def refused_by_server(control_plane: ControlPlane, rules: list[str]) -> set[str]:
    """Return the rules that the server refuses."""
    refused: set[str] = set()
    for start in range(0, len(rules), AT_ONCE):
        batch = rules[start : start + AT_ONCE]
        answer = control_plane.api.call("POST", CRDS, json.dumps(definition(batch)).encode())
        causes = [] if answer.status == 201 else answer.json()["details"]["causes"]
        for cause in causes:
            if "estimated rule cost" in cause["message"]:
                continue
            found = re.search(r"x-kubernetes-validations\[(\d+)\]\.rule", cause["field"])
            assert found, cause
            refused.add(batch[int(found[1])])
    return refused


def definition(rules: list[str]) -> dict[str, Any]:
    """Wrap rules into a definition."""
    spec = {**NODE, "x-kubernetes-validations": [{"rule": rule} for rule in rules]}
    schema = {"type": "object", "properties": {"spec": spec}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "corpora.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"kind": "Corpus", "plural": "corpora"},
            "scope": "Namespaced",
            "versions": [version],
        },
    }
