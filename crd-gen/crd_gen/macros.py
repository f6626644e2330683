"""Rules that are written once here because they are easy to get wrong."""

from __future__ import annotations

from dataclasses import dataclass

from crd_gen.cel.names import escape
from crd_gen.markers import Marker, Rule
from crd_gen.place import Place, Schema

RULES = "x-kubernetes-validations"


class Macro(Marker):
    """Expands into rules on the field, and on its parent when the field may be absent.

    A client must not get round them: where it could, the walk refuses the macro (Place.hole).
    """

    def mark(self, schema: Schema, at: Place) -> None:
        """Write the rules into the schema of the field."""

    def parent_rule(self, name: str) -> Rule | None:
        """Make the rule for the parent of a field that may be absent."""


@dataclass(frozen=True, slots=True)
class Immutable(Macro):
    """The field keeps its value and its presence for the life of the object.

    On an object each of its fields is frozen by a rule of its own, so that a refusal names every
    changed field; a field of it that may be absent is also kept from appearing or vanishing.
    An object that keeps unknown fields is frozen as a whole as well.
    """

    message: str = "is immutable"

    def mark(self, schema: Schema, at: Place) -> None:
        """Freeze the value, and the presence of what is inside."""
        _demand_no_null(self, schema, at)
        if "properties" not in schema or schema.get("x-kubernetes-preserve-unknown-fields"):
            add(schema, same(self.message))
        required = set(schema.get("required", ()))
        for name, inner in schema.get("properties", {}).items():
            add(inner, same(self.message))
            if name not in required and "default" not in inner:
                add(schema, self.parent_rule(name))

    def parent_rule(self, name: str) -> Rule:
        """Keep the field from appearing and from vanishing."""
        field = escape(name)
        rule = f"has(self.{field}) == has(oldSelf.{field})"
        return Rule(rule, self.message, reason="FieldValueForbidden", field_path=path_to(name))


@dataclass(frozen=True, slots=True)
class Kept(Macro):
    """The field may appear, and then stays; its value may change."""

    message: str = "cannot be removed once it is set"

    def parent_rule(self, name: str) -> Rule:
        """Keep the field from vanishing."""
        field = escape(name)
        rule = f"!has(oldSelf.{field}) || has(self.{field})"
        return Rule(rule, self.message, reason="FieldValueForbidden", field_path=path_to(name))


@dataclass(frozen=True, slots=True)
class SetOnce(Kept):
    """The field may appear, and then keeps its value."""

    message: str = "cannot change once it is set"

    def mark(self, schema: Schema, at: Place) -> None:
        """Freeze the value."""
        _demand_no_null(self, schema, at)
        add(schema, same(self.message))


@dataclass(frozen=True, slots=True)
class Sealed(Kept):
    """On a status: nothing of it changes any more once `phase` is one of `when`.

    phase and but are JSON names of fields of the object; those in but stay free. The object
    itself can never be removed again once it is there.
    """

    phase: str = "phase"
    when: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    message: str = "is sealed: the phase is terminal"

    def mark(self, schema: Schema, at: Place) -> None:
        """Give every field that is sealed a rule of its own."""
        _demand_no_null(self, schema, at)
        properties = schema.get("properties", {})
        for name in (self.phase, *self.but):
            if name not in properties:
                raise at.refuse(
                    f"Sealed names {name!r}, no field here", f"use one of {', '.join(properties)}"
                )
        for name in properties:
            if name not in self.but:
                add(schema, self._sealing(name, required=name in schema.get("required", ())))

    def _sealing(self, name: str, *, required: bool) -> Rule:
        phase, field = escape(self.phase), escape(name)
        terminal = " || ".join(f"oldSelf.{phase} == '{value}'" for value in self.when)
        same_value = f"self.{field} == oldSelf.{field}"
        kept = (
            same_value
            if required
            else f"(has(self.{field}) ? has(oldSelf.{field}) && {same_value} : !has(oldSelf.{field}))"
        )
        rule = f"!(has(oldSelf.{phase}) && ({terminal})) || {kept}"
        return Rule(rule, self.message, reason="FieldValueForbidden", field_path=path_to(name))


def same(message: str) -> Rule:
    """Freeze a value; two units of cost however large it is."""
    return Rule("self == oldSelf", message, reason="FieldValueForbidden")


def _demand_no_null(macro: Macro, schema: Schema, at: Place) -> None:
    if schema.get("nullable"):
        raise at.refuse(
            f"{type(macro).__name__} on a nullable field: no rule runs on null, so null could change",
            "drop Nullable: absence says the same",
        )


def path_to(name: str) -> str:
    """Write a fieldPath to a property of the node that the rule is on."""
    return f".{name}" if name.isidentifier() else f"['{name}']"


def add(schema: Schema, rule: Rule) -> None:
    """Append a rule unless it is there."""
    rules = schema.setdefault(RULES, [])
    if rule.wire() not in rules:
        rules.append(rule.wire())
