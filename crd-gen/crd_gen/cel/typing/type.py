"""The types of expressions, as cel-go's checker knows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from crd_gen.cel.typing.types import DeclType


@dataclass(frozen=True)
class Type:
    """A type: its kind, the types that it is made of, and the name of an object's type or of a parameter.

    decl is the schema's type, for a value that has one.
    """

    kind: str
    params: tuple[Type, ...] = ()
    name: str = ""
    decl: DeclType | None = field(default=None, compare=False, hash=False)

    def __str__(self) -> str:
        inner = f"({', '.join(str(param) for param in self.params)})" if self.params else ""
        return ("object" if self.kind == "object" else self.name or self.kind) + inner


DYN, ERROR, BOOL, INT, STRING = Type("dyn"), Type("error"), Type("bool"), Type("int"), Type("string")
NULL = Type("null")

SCALARS = frozenset(("bool", "double", "duration", "int", "timestamp", "uint"))
# Types of Kubernetes' libraries: objects, except for those that cel-go calls opaque.
OBJECTS = frozenset(("Quantity", "URL", "Semver", "NamedFormat"))
OPAQUE = frozenset(("optional", "IP", "CIDR"))


def list_of(item: Type) -> Type:
    """Return the type of a list."""
    return Type("list", (item,))


def map_of(key: Type, value: Type) -> Type:
    """Return the type of a map."""
    return Type("map", (key, value))


def optional_of(value: Type) -> Type:
    """Return the type of an optional value."""
    return Type("optional", (value,))


def type_of(decl: DeclType, name: str) -> Type:
    """Return the type of a schema's value; objects are told apart by their place, their name."""
    if decl.kind == "list" and decl.elem:
        return Type("list", (type_of(decl.elem, f"{name}.@idx"),), decl=decl)
    if decl.kind == "map" and decl.elem:
        return Type("map", (STRING, type_of(decl.elem, f"{name}.@elem")), decl=decl)
    if decl.kind == "object":
        return Type("object", name=name, decl=decl)
    return Type(decl.kind, decl=decl)


@lru_cache(None)
def parse_type(text: str) -> Type:
    """Parse `map<K,list<string>>`; a capital letter is a type parameter."""
    if len(text) == 1:
        return Type("param", name=text)
    head, bracket, rest = text.partition("<")
    if not bracket:
        return Type("object", name=text) if text in OBJECTS else Type(text)
    return Type(head, tuple(parse_type(part) for part in _split(rest[:-1])))


def _split(text: str) -> list[str]:
    parts, depth = [""], 0
    for char in text:
        depth += (char == "<") - (char == ">")
        if char == "," and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return parts
