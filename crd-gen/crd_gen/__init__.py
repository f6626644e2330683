"""Any pydantic models to Kubernetes CustomResourceDefinitions; knows nothing of ArkRun."""

from crd_gen.formats import Date, Int32, Int64, Time
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
    "Rule",
    "Scale",
    "Sealed",
    "SetList",
    "SetOnce",
    "Time",
    "Version",
]
