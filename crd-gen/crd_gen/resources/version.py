"""What a definition contains besides the schemas: names, versions, columns and subresources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

Pick = Callable[[Any], Any]
"""A field of the resource by attribute: `lambda run: run.spec.team_ref`."""


_SCALARS = {"str": str, "int": int, "bool": bool}


class _Declaration:
    """A dataclass that checks its arguments at once: not everybody runs a type checker."""

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]
            value, kind = getattr(self, field.name), str(field.type)
            where = f"{type(self).__name__}: {field.name} is {value!r}"
            if kind.startswith("tuple["):
                if not isinstance(value, tuple | list):
                    raise TypeError(f"{where}, expected a tuple: ({value!r},)")
                object.__setattr__(self, field.name, tuple(value))
            elif kind in _SCALARS and not isinstance(value, _SCALARS[kind]):
                raise TypeError(f"{where}, expected a value of type {kind}")


@dataclass(frozen=True, kw_only=True)
class Names(_Declaration):
    """What all versions of a kind share (CustomResourceDefinitionSpec without versions)."""

    group: str
    kind: str
    plural: str
    singular: str = ""
    list_kind: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    scope: Literal["Namespaced", "Cluster"] = "Namespaced"
    annotations: Mapping[str, str] | tuple[tuple[str, str], ...] = ()
    labels: Mapping[str, str] | tuple[tuple[str, str], ...] = ()
    conversion: Webhook | None = None

    def __post_init__(self) -> None:
        """Make the object hashable, which a mapping is not. Raises TypeError for a wrong argument."""
        super().__post_init__()
        for word in ("annotations", "labels"):
            pairs = getattr(self, word)
            if isinstance(pairs, Mapping):
                object.__setattr__(self, word, tuple(sorted(pairs.items())))
            elif not isinstance(pairs, tuple):
                raise TypeError(f"Names: {word} is {pairs!r}, expected a dict of strings")
        if not isinstance(self.conversion, Webhook | None):
            raise TypeError(f"Names: conversion is {self.conversion!r}, expected Webhook(...)")


@dataclass(frozen=True, kw_only=True)
class Webhook(_Declaration):
    """The webhook that converts objects between versions: a service in the cluster, or a URL.

    service is `namespace/name`. cert-manager and others write the CA bundle into the installed definition;
    ca_bundle is its base64 text where nobody does.
    """

    service: str = ""
    path: str = ""
    port: int = 443
    url: str = ""
    ca_bundle: str = ""
    review_versions: tuple[str, ...] = ("v1",)

    def wire(self) -> dict[str, Any]:
        """Return the conversion as JSON (CustomResourceConversion)."""
        namespace, _, name = self.service.partition("/")
        service: dict[str, Any] = {"namespace": namespace, "name": name, "port": self.port}
        service |= {"path": self.path} if self.path else {}
        config: dict[str, Any] = {"service": service} if self.service else {}
        config |= {"url": self.url} if self.url else {}
        config |= {"caBundle": self.ca_bundle} if self.ca_bundle else {}
        webhook = {"clientConfig": config, "conversionReviewVersions": list(self.review_versions)}
        return {"strategy": "Webhook", "webhook": webhook}


@dataclass(frozen=True)
class Column(_Declaration):
    """A printer column; its type is that of the field unless it is given.

    of is a field, a label, an annotation or a key of a map (`lambda box: box.metadata.labels["team"]`), or a
    JSONPath as text, which is not checked and needs a type.
    """

    name: str
    of: Pick | str
    type: str = ""
    description: str = ""
    priority: int = 0
    format: str = ""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The fields of the scale subresource."""

    spec_replicas: Pick
    status_replicas: Pick
    label_selector: Pick | None = None


@dataclass(frozen=True, kw_only=True)
class Version(_Declaration):
    """One version of a kind.

    The status subresource is enabled if the model has a field `status`, unless `status` says otherwise. A
    field that is selectable is given like that of a column.
    """

    name: str
    served: bool = True
    storage: bool = True
    deprecated: bool = False
    deprecation_warning: str = ""
    columns: tuple[Column, ...] = ()
    selectable: tuple[Pick | str, ...] = ()
    scale: Scale | None = None
    status: bool | None = None

    def picks(self) -> tuple[Pick, ...]:
        """Return the fields that the version refers to."""
        scale = self.scale
        scaled = (scale.spec_replicas, scale.status_replicas, scale.label_selector) if scale else ()
        columns = tuple(column.of for column in self.columns if not isinstance(column.of, str))
        selectable = tuple(pick for pick in self.selectable if not isinstance(pick, str))
        return (*columns, *selectable, *(pick for pick in scaled if pick))
