"""What a definition contains besides the schemas: names, versions, columns and subresources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Pick = Callable[[Any], Any]
"""A field of the resource by attribute: `lambda run: run.spec.team_ref`."""


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
    annotations: Mapping[str, str] | tuple[tuple[str, str], ...] = ()
    labels: Mapping[str, str] | tuple[tuple[str, str], ...] = ()
    conversion: Webhook | None = None

    def __post_init__(self) -> None:
        """Make the object hashable, which a mapping is not."""
        for word in ("annotations", "labels"):
            pairs = getattr(self, word)
            if isinstance(pairs, Mapping):
                object.__setattr__(self, word, tuple(sorted(pairs.items())))


@dataclass(frozen=True, kw_only=True)
class Webhook:
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
class Column:
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
class Version:
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
