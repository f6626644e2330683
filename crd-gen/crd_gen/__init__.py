"""Generate Kubernetes CustomResourceDefinitions from pydantic models.

A kind is a `CustomResource`, every object in it a `Node`; the markers exported here add what pydantic cannot
express. The `crd-gen` command writes the files; its guide is the README one folder up.
"""

from crd_gen.markers.keywords import (
    AtomicList,
    AtomicMap,
    EmbeddedResource,
    GranularMap,
    IntOrString,
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
