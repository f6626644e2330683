"""Any pydantic models to Kubernetes CustomResourceDefinitions; knows nothing of ArkRun.

A kind is a CustomResource, every object in it a Node; what only Kubernetes knows is said by the
annotations exported here, and `crd-gen` writes the files. The guide is README.md, one folder up.
"""

from crd_gen.formats import Date, Int32, Int64, Quantity, Time
from crd_gen.macros import Immutable, Kept, Sealed, SetOnce
from crd_gen.markers import (
    AtomicList,
    AtomicMap,
    EmbeddedResource,
    Format,
    GranularMap,
    IntOrString,
    MapList,
    Nullable,
    Pattern,
    PreserveUnknown,
    Rule,
    SetList,
)
from crd_gen.node import Node
from crd_gen.resource import Column, CustomResource, Names, ObjectMeta, Scale, Version

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
    "Nullable",
    "ObjectMeta",
    "Pattern",
    "PreserveUnknown",
    "Quantity",
    "Rule",
    "Scale",
    "Sealed",
    "SetList",
    "SetOnce",
    "Time",
    "Version",
]
