"""Custom resources: names, versions, columns, selectable fields, and the definition."""

from typing import Annotated, Any, ClassVar

import pytest
from pydantic import Field, ValidationError

from crd_gen import Column, CustomResource, Int32, Names, Node, Scale, Time, Version
from crd_gen.errors import SchemaError
from crd_gen.resources.definition import definition

WIDGET = Names(group="example.com", kind="Widget", plural="widgets", short_names=("wd",), categories=("all",))


class Spec(Node):
    replicas: Int32
    color: str | None = None


class Status(Node):
    replicas: Int32 | None = None
    selector: str | None = None
    since: Time | None = None


class Widget(CustomResource):
    """A thing with a color."""

    names: ClassVar = WIDGET
    version: ClassVar = Version(
        name="v1",
        columns=(
            Column("Replicas", lambda widget: widget.spec.replicas, description="wanted", priority=1),
            Column("Since", lambda widget: widget.status.since),
        ),
        selectable=(lambda widget: widget.spec.color,),
        scale=Scale(
            spec_replicas=lambda widget: widget.spec.replicas,
            status_replicas=lambda widget: widget.status.replicas,
            label_selector=lambda widget: widget.status.selector,
        ),
    )

    spec: Spec
    status: Status | None = None


class OldWidget(CustomResource):
    names: ClassVar = WIDGET
    version: ClassVar = Version(
        name="v1beta1", storage=False, deprecated=True, deprecation_warning="use example.com/v1"
    )

    spec: Annotated[dict[str, str], Field(max_length=3)]


def test_definition_of_two_versions() -> None:
    """The definition of a kind is built from the classes of its versions."""
    integer = {"type": "integer", "format": "int32"}
    head = {
        "apiVersion": {
            "type": "string",
            "description": "APIVersion defines the versioned schema of this object.",
        },
        "kind": {"type": "string", "description": "Kind is the REST resource that this object represents."},
        "metadata": {"type": "object"},
    }
    new = {
        "type": "object",
        "description": "A thing with a color.",
        "required": ["spec"],
        "properties": head
        | {
            "spec": {
                "type": "object",
                "required": ["replicas"],
                "properties": {"replicas": integer, "color": {"type": "string"}},
            },
            "status": {
                "type": "object",
                "properties": {
                    "replicas": integer,
                    "selector": {"type": "string"},
                    "since": {"type": "string", "format": "date-time"},
                },
            },
        },
    }
    spec = {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 3}
    old = {"type": "object", "required": ["spec"], "properties": head | {"spec": spec}}

    assert definition(Widget, OldWidget) == {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "names": {
                "kind": "Widget",
                "listKind": "WidgetList",
                "plural": "widgets",
                "singular": "widget",
                "shortNames": ["wd"],
                "categories": ["all"],
            },
            "scope": "Namespaced",
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": new},
                    "additionalPrinterColumns": [
                        {
                            "name": "Replicas",
                            "type": "integer",
                            "jsonPath": ".spec.replicas",
                            "description": "wanted",
                            "priority": 1,
                        },
                        {"name": "Since", "type": "date", "jsonPath": ".status.since"},
                    ],
                    "selectableFields": [{"jsonPath": ".spec.color"}],
                    "subresources": {
                        "status": {},
                        "scale": {
                            "specReplicasPath": ".spec.replicas",
                            "statusReplicasPath": ".status.replicas",
                            "labelSelectorPath": ".status.selector",
                        },
                    },
                },
                {
                    "name": "v1beta1",
                    "served": True,
                    "storage": False,
                    "deprecated": True,
                    "deprecationWarning": "use example.com/v1",
                    "schema": {"openAPIV3Schema": old},
                },
            ],
        },
    }


NOWHERE: list[tuple[Any, str]] = [
    (lambda w: w.spec.colour, "Spec has no field 'colour'; it has replicas, color"),
    (lambda w: w.spec.color.red, "spec.color is not an object and has no field 'red'"),
    (
        lambda w: w.spec["color"],
        "['color'] is not an item here: select [0] or ['*'] of a list, or ['key'] of a map",
    ),
    (lambda _: "spec", "a path must end in a field of Lost, not in 'spec'"),
]


@pytest.mark.parametrize(("pick", "message"), NOWHERE, ids=["typo", "scalar", "item", "text"])
def test_unknown_field_of_a_column_is_an_error(pick: Any, message: str) -> None:
    """A column with an unknown field raises AttributeError at class creation."""
    with pytest.raises(AttributeError) as refusal:

        class Lost(CustomResource):
            names: ClassVar = WIDGET
            version: ClassVar = Version(name="v1", columns=(Column("C", pick),))

            spec: Spec

    assert str(refusal.value) == message


def test_column_needs_a_scalar() -> None:
    """A column of an object requires a type."""

    class Whole(CustomResource):
        names: ClassVar = WIDGET
        version: ClassVar = Version(name="v1", columns=(Column("Spec", lambda widget: widget.spec),))

        spec: Spec

    with pytest.raises(SchemaError) as refusal:
        definition(Whole)

    assert str(refusal.value) == "Whole: column Spec:\n  .spec is not a scalar: set the type of the column"


def test_versions_must_share_one_names_object() -> None:
    """Classes with different Names are not versions of one kind."""

    class Gadget(CustomResource):
        names: ClassVar = Names(group="example.com", kind="Gadget", plural="gadgets")
        version: ClassVar = Version(name="v1")

    with pytest.raises(SchemaError) as refusal:
        definition(Widget, Gadget)

    assert str(refusal.value) == ("Widget, Gadget:\n  the versions of one kind must share one Names object")


def test_two_storage_versions_are_an_error() -> None:
    """A definition that the server would reject is an error."""

    class Second(CustomResource):
        names: ClassVar = WIDGET
        version: ClassVar = Version(name="v2")

    with pytest.raises(SchemaError) as refusal:
        definition(Widget, Second)

    assert str(refusal.value) == (
        "widgets.example.com:\n  (root): must have exactly one storage version, not v1, v2"
    )


def test_object_of_another_kind_is_rejected() -> None:
    """An object with the kind of another resource is rejected."""
    with pytest.raises(ValidationError) as refusal:
        Widget.read({"apiVersion": "example.com/v1", "kind": "Gadget", "spec": {"replicas": 1}})

    assert "is example.com/v1 Gadget, not example.com/v1 Widget" in str(refusal.value)


def test_null_is_absent_unless_nullable() -> None:
    """Null is dropped for a field that is not nullable, as by the server."""
    document = {"apiVersion": "example.com/v1", "kind": "Widget", "spec": {"replicas": 1, "color": None}}

    read = Widget.read({**document, "status": None})

    assert read.model_dump(by_alias=True) == {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {},
        "spec": {"replicas": 1},
    }
