"""Columns on labels, annotations and map keys; labels of the definition; conversion by webhook."""

import json
from typing import Any, ClassVar

import pytest

from controlplane import ControlPlane
from crd_gen import Column, CustomResource, Names, Node, Quantity, Version, Webhook
from crd_gen.errors import SchemaError
from crd_gen.resources.definition import definition

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All"
COLUMNS = (
    Column("Team", lambda box: box.metadata.labels["team"]),
    Column("Owner", lambda box: box.metadata.annotations["example.com/owner"]),
    Column("CPU", lambda box: box.spec.limits["cpu"], type="string"),
    Column("Label", lambda box: box.spec.labels["app.kubernetes.io/name"]),
    Column("Raw", ".spec.anything.you.like", type="string"),
)


class Spec(Node):
    limits: dict[str, Quantity] | None = None
    labels: dict[str, str] | None = None
    anything: dict[str, Any] | None = None


def made(**more: Any) -> dict[str, Any]:
    """Return the definition of a kind with columns."""

    class Box(CustomResource):
        names: ClassVar = Names(group="columns.example.com", kind="Box", plural="boxes", **more)
        version: ClassVar = Version(name="v1", columns=COLUMNS)
        spec: Spec

    return definition(Box)


def test_column_shows_a_label_an_annotation_and_a_key() -> None:
    """A key of a map is selected as in Python; a dot within it is escaped."""
    (version,) = made()["spec"]["versions"]

    assert version["additionalPrinterColumns"] == [
        {"name": "Team", "type": "string", "jsonPath": ".metadata.labels.team"},
        {"name": "Owner", "type": "string", "jsonPath": r".metadata.annotations.example\.com/owner"},
        {"name": "CPU", "type": "string", "jsonPath": ".spec.limits.cpu"},
        {"name": "Label", "type": "string", "jsonPath": r".spec.labels.app\.kubernetes\.io/name"},
        {"name": "Raw", "type": "string", "jsonPath": ".spec.anything.you.like"},
    ]


def test_column_of_metadata_has_the_type_of_the_server() -> None:
    """A column of metadata needs no type: a time is shown as an age."""

    class Box(CustomResource):
        names: ClassVar = Names(group="columns.example.com", kind="Box", plural="boxes")
        version: ClassVar = Version(
            name="v1",
            columns=(
                Column("Age", lambda box: box.metadata.creation_timestamp),
                Column("Generation", lambda box: box.metadata.generation),
                Column("Namespace", lambda box: box.metadata.namespace),
            ),
        )

    (version,) = definition(Box)["spec"]["versions"]

    assert version["additionalPrinterColumns"] == [
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
        {"name": "Generation", "type": "integer", "jsonPath": ".metadata.generation"},
        {"name": "Namespace", "type": "string", "jsonPath": ".metadata.namespace"},
    ]


def test_definition_has_labels_and_annotations() -> None:
    """Labels and annotations of the definition are given as mappings."""
    found = made(labels={"app": "box"}, annotations={"cert-manager.io/inject-ca-from": "a/b"})

    assert found["metadata"] == {
        "name": "boxes.columns.example.com",
        "labels": {"app": "box"},
        "annotations": {"cert-manager.io/inject-ca-from": "a/b"},
    }


def test_definition_names_its_conversion_webhook() -> None:
    """A webhook converts objects between versions."""
    found = made(conversion=Webhook(service="system/converter", path="/convert"))

    assert found["spec"]["conversion"] == {
        "strategy": "Webhook",
        "webhook": {
            "clientConfig": {
                "service": {
                    "namespace": "system",
                    "name": "converter",
                    "path": "/convert",
                    "port": 443,
                }
            },
            "conversionReviewVersions": ["v1"],
        },
    }


WRONG = {
    "neither": (Webhook(), "the conversion webhook needs either a service (namespace/name) or a url"),
    "both": (
        Webhook(service="a/b", url="https://a"),
        "the conversion webhook needs either a service (namespace/name) or a url",
    ),
    "no namespace": (
        Webhook(service="b"),
        "the conversion webhook's service 'b' must be namespace/name",
    ),
    "no TLS": (
        Webhook(url="http://a"),
        "the conversion webhook's url 'http://a' must begin with https://",
    ),
    "old reviews": (
        Webhook(url="https://a", review_versions=("v1beta2",)),
        "the conversion webhook must take v1 or v1beta1 reviews, not v1beta2",
    ),
}


@pytest.mark.parametrize(("webhook", "problem"), WRONG.values(), ids=WRONG)
def test_wrong_webhook_is_an_error(webhook: Webhook, problem: str) -> None:
    """What the server refuses of a webhook is refused."""
    with pytest.raises(SchemaError) as refused:
        made(conversion=webhook)

    assert problem in str(refused.value)


@pytest.mark.cluster
def test_server_accepts_columns_labels_and_webhook(control_plane: ControlPlane) -> None:
    """The real API server installs such a definition."""
    found = made(labels={"app": "box"}, conversion=Webhook(service="system/converter"))

    answer = control_plane.api.call("POST", CRDS, json.dumps(found).encode())

    assert answer.status == 201, answer.message
