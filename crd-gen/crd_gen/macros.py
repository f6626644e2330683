"""Rules that are written once here because they are easy to get wrong."""

from __future__ import annotations

from dataclasses import dataclass

from crd_gen.cel.names import escape
from crd_gen.markers import Marker, Rule
from crd_gen.place import Place, Schema

RULES = "x-kubernetes-validations"


@dataclass(frozen=True, slots=True)
class Immutable(Marker):
    """The field keeps its value and its presence for the life of the object.

    On an object each of its fields is frozen by a rule of its own, so that a refusal names every
    changed field; a field of it that may be absent is also kept from appearing or vanishing.
    An object that keeps unknown fields is frozen as a whole as well.
    placement.py refuses it where a client could get round it.
    """

    message: str = "is immutable"

    def mark(self, schema: Schema, at: Place) -> None:
        """Write the rules into the schema of the field."""
        if schema.get("nullable"):
            raise at.refuse(
                "Immutable on a nullable field: rules do not run on null, so null could become a value",
                "drop Nullable: absence says the same",
            )
        if "properties" not in schema or schema.get("x-kubernetes-preserve-unknown-fields"):
            add(schema, self._frozen())
        required = set(schema.get("required", ()))
        for name, inner in schema.get("properties", {}).items():
            add(inner, self._frozen())
            if name not in required and "default" not in inner:
                add(schema, self.presence(name))

    def _frozen(self) -> Rule:
        return Rule("self == oldSelf", self.message, reason="FieldValueForbidden")

    def presence(self, name: str) -> Rule:
        """Make the rule for the parent of a field that may be absent."""
        field = escape(name)
        rule = f"has(self.{field}) == has(oldSelf.{field})"
        return Rule(rule, self.message, reason="FieldValueForbidden", field_path=path_to(name))


def path_to(name: str) -> str:
    """Write a fieldPath to a property of the node that the rule is on."""
    return f".{name}" if name.isidentifier() else f"['{name}']"


def add(schema: Schema, rule: Rule) -> None:
    """Append a rule unless it is there."""
    rules = schema.setdefault(RULES, [])
    if rule.wire() not in rules:
        rules.append(rule.wire())
