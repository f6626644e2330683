"""A custom resource: names, one class for each version, columns and selectors by attribute."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from crd_gen.node import Node
from crd_gen.paths import Step, resolve

Pick = Callable[[Any], Any]
"""Names a field of the resource by attribute: `lambda run: run.spec.team_ref`."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """What all versions of a kind share (CustomResourceDefinitionSpec without versions)."""

    group: str
    kind: str
    plural: str
    singular: str = ""
    list_kind: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    scope: Literal["Namespaced", "Cluster"] = "Namespaced"
    annotations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Column:
    """A printer column; type and format follow from the field unless they are given."""

    name: str
    of: Pick
    type: str = ""
    description: str = ""
    priority: int = 0


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The scale subresource, by attribute."""

    spec_replicas: Pick
    status_replicas: Pick
    label_selector: Pick | None = None


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a kind. status is a subresource when the model has a field of that name."""

    name: str
    served: bool = True
    storage: bool = True
    deprecated: bool = False
    deprecation_warning: str = ""
    columns: tuple[Column, ...] = ()
    selectable: tuple[Pick, ...] = ()
    scale: Scale | None = None


class ObjectMeta(Node):
    """Metadata as the server checks it itself; the schema says only that it is an object."""

    model_config = ConfigDict(extra="allow")

    name: str | None = None
    generate_name: str | None = None
    namespace: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    generation: int | None = None
    resource_version: str | None = None
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    uid: str | None = None


class CustomResource(Node):
    """Base of a kind in one version: give it `names` and `version`, then its fields.

    Raises AttributeError when the class is made, if a column, a selectable field or a scale
    path leads nowhere.
    """

    names: ClassVar[Names]
    version: ClassVar[Version]

    api_version: str
    """Names the group and the version of this object's schema."""
    kind: str
    """Names the kind of object."""
    metadata: ObjectMeta = Field(default_factory=ObjectMeta)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Resolve every path now, so that a wrong one stops the import."""
        super().__pydantic_init_subclass__(**kwargs)
        if "version" in cls.__dict__:
            for pick in cls.picks():
                cls.path(pick)

    @classmethod
    def picks(cls) -> tuple[Pick, ...]:
        """Every path that this version declares."""
        version = cls.version
        scale = version.scale
        scaled = (scale.spec_replicas, scale.status_replicas, scale.label_selector) if scale else ()
        columns = tuple(column.of for column in version.columns)
        return (*columns, *version.selectable, *(pick for pick in scaled if pick))

    @classmethod
    def path(cls, pick: Pick) -> tuple[Step, ...]:
        """Follow pick through the fields of this class."""
        return resolve(cls, pick)

    @model_validator(mode="after")
    def is_of_this_kind(self) -> Self:
        """Refuse another kind's object."""
        expected = f"{self.names.group}/{self.version.name}", self.names.kind
        if (self.api_version, self.kind) != expected:
            raise ValueError(f"is {self.api_version} {self.kind}, not {' '.join(expected)}")
        return self

    @classmethod
    def read(cls, document: str | bytes | Mapping[str, Any]) -> Self:
        """Validate an object as the API server does, its nulls and numbers read in the same way.

        Whatever the models' settings: types are strict, and fields have their JSON names. document is
        JSON text or its parsed form. Raises pydantic.ValidationError.
        """
        # A late import: the mapping is not needed to merely validate with pydantic.
        from crd_gen.reading import as_read, mistaken  # noqa: PLC0415
        from crd_gen.structural import structural_schema  # noqa: PLC0415

        data = json.loads(document) if isinstance(document, str | bytes) else document
        schema = structural_schema(cls)
        cleaned = as_read(data, schema)
        if wrong := [_listed(path, value) for path, value in mistaken(cleaned, schema)]:
            raise ValidationError.from_exception_data(cls.__name__, wrong, "json")
        return cls.model_validate_json(json.dumps(cleaned), strict=True, by_alias=True, by_name=False)


def _listed(path: tuple[str | int, ...], value: object) -> InitErrorDetails:
    error = PydanticCustomError(
        "enum", "Input should be one of the listed values: true and false are no numbers"
    )
    return {"type": error, "loc": path, "input": value}
