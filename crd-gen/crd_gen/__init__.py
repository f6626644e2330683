"""Generate Kubernetes CustomResourceDefinitions from pydantic models.

A kind is a `CustomResource`, every object in it a `Node`; the markers exported here add what pydantic cannot
express. The `crd-gen` command writes the files; its guide is the README one folder up.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crd_gen.markers.keywords import (
        AtomicList,
        AtomicMap,
        EmbeddedResource,
        GranularMap,
        IntOrString,
        NotNull,
        Nullable,
        PreserveUnknown,
    )
    from crd_gen.markers.lists import MapList, SetList
    from crd_gen.markers.mapping import map_class
    from crd_gen.markers.python_only import PythonOnly
    from crd_gen.markers.rule import Rule
    from crd_gen.markers.strings import Format, Pattern
    from crd_gen.markers.transitions import Immutable, Kept, Sealed, SetOnce
    from crd_gen.markers.types import Date, Int32, Int64, Quantity, Time
    from crd_gen.models.metadata import ObjectMeta
    from crd_gen.models.node import Node
    from crd_gen.resources.resource import CustomResource
    from crd_gen.resources.version import Column, Names, Scale, Version, Webhook

__all__ = [
    "AtomicList",
    "AtomicMap",
    "Column",
    "CustomResource",
    "Date",
    "EmbeddedResource",
    "Format",
    "GranularMap",
    "Immutable",
    "Int32",
    "Int64",
    "IntOrString",
    "Kept",
    "MapList",
    "Names",
    "Node",
    "NotNull",
    "Nullable",
    "ObjectMeta",
    "Pattern",
    "PreserveUnknown",
    "PythonOnly",
    "Quantity",
    "Rule",
    "Scale",
    "Sealed",
    "SetList",
    "SetOnce",
    "Time",
    "Version",
    "Webhook",
    "map_class",
]

# The command line loads only what a command needs: importing pydantic takes longer than `crd-gen --help`.
_MODULES = {
    "crd_gen.markers.keywords": (
        "AtomicList",
        "AtomicMap",
        "EmbeddedResource",
        "GranularMap",
        "IntOrString",
        "NotNull",
        "Nullable",
        "PreserveUnknown",
    ),
    "crd_gen.markers.lists": ("MapList", "SetList"),
    "crd_gen.markers.mapping": ("map_class",),
    "crd_gen.markers.python_only": ("PythonOnly",),
    "crd_gen.markers.rule": ("Rule",),
    "crd_gen.markers.strings": ("Format", "Pattern"),
    "crd_gen.markers.transitions": ("Immutable", "Kept", "Sealed", "SetOnce"),
    "crd_gen.markers.types": ("Date", "Int32", "Int64", "Quantity", "Time"),
    "crd_gen.models.metadata": ("ObjectMeta",),
    "crd_gen.models.node": ("Node",),
    "crd_gen.resources.resource": ("CustomResource",),
    "crd_gen.resources.version": ("Column", "Names", "Scale", "Version", "Webhook"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = found
    return found
