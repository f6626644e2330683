"""Rules that are written once here because they are easy to get wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from crd_gen.cel.declared import declared
from crd_gen.cel.names import escape
from crd_gen.markers import Marker, Rule
from crd_gen.place import Place, Schema

RULES = "x-kubernetes-validations"
PRESERVE = "x-kubernetes-preserve-unknown-fields"


class Macro(Marker):
    """Expands into rules on the field, and on its parent when the field may be absent.

    A client must not get round them: where it could, the walk refuses the macro (Place.hole).
    """

    def mark(self, schema: Schema, at: Place) -> None:
        """Write the rules into the schema of the field."""

    def parent_rule(self, name: str) -> Rule | None:
        """Make the rule for the parent of a field that may be absent."""


@dataclass(frozen=True)
class Immutable(Macro):
    """The field keeps its value and its presence for the life of the object.

    On an object each of its fields is frozen by a rule of its own, so that a refusal names every
    changed field; a field of it that may be absent is also kept from appearing or vanishing.
    An object that keeps unknown fields, or has some that may be null or anything, is frozen as a whole
    as well. What CEL calls equal stays free: the order of a set or map list, another notation of a
    time, duration or base64 text.

    CEL cannot tell one unknown field from another (apiserver, pkg/cel/common/values.go compares the
    declared ones), so a value that keeps unknown fields is refused unless `known_fields_only` says that
    the declared fields are enough.
    """

    message: str = "is immutable"
    known_fields_only: bool = False

    def mark(self, schema: Schema, at: Place) -> None:
        """Freeze the value, and the presence of what is inside."""
        _demand_comparable(self, schema, at)
        if not self.known_fields_only:
            _demand_known(self, schema, at)
        properties = schema.get("properties", {})
        escapes = any(inner.get("nullable") or declared(inner) is None for inner in properties.values())
        if not properties or escapes or schema.get(PRESERVE):
            add(schema, _same_but_for(properties, self.message))
        required = set(schema.get("required", ()))
        for name, inner in properties.items():
            # What CEL does not see is compared with the whole.
            if declared(inner) is None:
                continue
            add(inner, same(self.message))
            if name not in required and "default" not in inner:
                add(schema, self.parent_rule(name))

    def parent_rule(self, name: str) -> Rule:
        """Keep the field from appearing and from vanishing."""
        field = escape(name)
        rule = f"has(self.{field}) == has(oldSelf.{field})"
        return Rule(rule, self.message, reason="FieldValueForbidden", field_path=path_to(name))


@dataclass(frozen=True)
class Kept(Macro):
    """The field may appear, and then stays; its value may change."""

    message: str = "cannot be removed once it is set"

    def parent_rule(self, name: str) -> Rule:
        """Keep the field from vanishing."""
        field = escape(name)
        rule = f"!has(oldSelf.{field}) || has(self.{field})"
        return Rule(rule, self.message, reason="FieldValueForbidden", field_path=path_to(name))


@dataclass(frozen=True)
class SetOnce(Kept):
    """The field may appear, and then keeps its value."""

    message: str = "cannot change once it is set"
    known_fields_only: bool = False

    def mark(self, schema: Schema, at: Place) -> None:
        """Freeze the value."""
        _demand_comparable(self, schema, at)
        if not self.known_fields_only:
            _demand_known(self, schema, at)
        add(schema, same(self.message))


@dataclass(frozen=True)
class Sealed(Kept):
    """On a status: nothing of it changes once `phase` is final; it can never be removed.

    `when` lists the final phases. While the phase is one of `while_in` nothing else changes either, but
    the phase itself may: a Rule of the model says when. `phase` and `but` are JSON names of fields of
    the object; those in `but` stay free.

    An object that keeps unknown fields, or has fields of any type, is refused unless `known_fields_only`
    says that the fields which CEL can see are enough.
    """

    phase: str = "phase"
    when: tuple[str, ...] = ()
    while_in: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    message: str = "is sealed: the phase is terminal"
    known_fields_only: bool = False

    def mark(self, schema: Schema, at: Place) -> None:
        """Add a rule for every sealed field."""
        _demand_comparable(self, schema, at)
        properties = schema.get("properties", {})
        for name in (self.phase, *self.but):
            if name not in properties:
                raise at.refuse(
                    f"Sealed names {name!r}, no field here", f"use one of {', '.join(properties)}"
                )
        self._demand_reachable(properties[self.phase], at)
        sealed = {name: inner for name, inner in properties.items() if name not in self.but}
        if not self.known_fields_only:
            _demand_known(self, {**schema, "properties": sealed}, at)
        for name, inner in sealed.items():
            if declared(inner) is None:
                continue
            if inner.get("nullable"):
                raise at.refuse(
                    f"Sealed cannot tell null from absent, and {name!r} may be both", "drop Nullable"
                )
            add(schema, self._seal(name, required=name in schema.get("required", ())))

    def _demand_reachable(self, phase: Schema, at: Place) -> None:
        named = (*self.when, *self.while_in)
        never = [value for value in named if value not in phase.get("enum", named)]
        if not named or never or phase.get("type") != "string":
            known = ", ".join(str(value) for value in phase.get("enum", ())) or "any string"
            raise at.refuse(
                f"Sealed when {', '.join(never or named) or 'never'}: {self.phase!r} cannot be that",
                f"values of {self.phase!r}: {known}",
            )

    def _seal(self, name: str, *, required: bool) -> Rule:
        phase, field = escape(self.phase), escape(name)
        terminal = [_is_one_of(f"oldSelf.{phase}", self.when)] if self.when else []
        if self.while_in and name != self.phase:
            left = _is_one_of(f"oldSelf.{phase}", self.while_in)
            terminal.append(f"({left} && has(self.{phase}) && self.{phase} == oldSelf.{phase})")
        same_value = f"self.{field} == oldSelf.{field}"
        kept = (
            same_value
            if required
            else f"(has(self.{field}) ? has(oldSelf.{field}) && {same_value} : !has(oldSelf.{field}))"
        )
        rule = f"!(has(oldSelf.{phase}) && ({' || '.join(terminal) or 'false'})) || {kept}"
        return Rule(rule, self.message, reason="FieldValueForbidden", field_path=path_to(name))


def unseen(schema: Schema, path: str = "") -> Iterator[str]:
    """List the places of a value where a change may escape CEL: unknown fields, and fields of any type."""
    if schema.get(PRESERVE) or (declared(schema) is None and "items" not in schema):
        yield path
    for name, inner in schema.get("properties", {}).items():
        yield from unseen(inner, f"{path}.{name}")
    for word, step in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(schema.get(word), dict):
            yield from unseen(schema[word], f"{path}{step}")


def _is_one_of(value: str, words: tuple[str, ...]) -> str:
    return " || ".join(f"{value} == '{word}'" for word in words)


def same(message: str) -> Rule:
    """Freeze a value; two units of cost however large it is."""
    return Rule("self == oldSelf", message, reason="FieldValueForbidden")


def _same_but_for(properties: Schema, message: str) -> Rule:
    """Freeze a whole object; silent where a field that has a rule of its own changed.

    Comparing lists of one item costs little however large the item is (cel-go, checker/cost.go).
    """
    own = [name for name, inner in properties.items() if declared(inner) and not inner.get("nullable")]
    fields = ((f"self.{escape(name)}", f"oldSelf.{escape(name)}") for name in own)
    changed = [f"(has({new}) ? [{new}] : []) != (has({old}) ? [{old}] : [])" for new, old in fields]
    return Rule(" || ".join(["self == oldSelf", *changed]), message, reason="FieldValueForbidden")


def _demand_comparable(macro: Macro, schema: Schema, at: Place) -> None:
    if declared(schema) is None:
        raise at.refuse(
            f"{type(macro).__name__} on what CEL cannot see",
            "dict[str, Any], which it can compare",
            "Immutable on the object around it",
        )
    if schema.get("nullable"):
        raise at.refuse(
            f"{type(macro).__name__} on a nullable field: no rule runs on null, so null could change",
            "drop Nullable: absence says the same",
        )


def _demand_known(macro: Macro, schema: Schema, at: Place) -> None:
    """Refuse a value of which CEL sees a part only."""
    if places := list(islice(unseen(schema), 4)):
        shown = ", ".join(place.lstrip(".") or "the object itself" for place in places[:3])
        more = " and others" if len(places) > 3 else ""  # noqa: PLR2004
        raise at.refuse(
            f"{type(macro).__name__} cannot keep unknown fields: CEL does not see them in {shown}{more}",
            "declare the fields",
            f"{type(macro).__name__}(known_fields_only=True), and an admission policy for the others",
        )


def path_to(name: str) -> str:
    """Write a fieldPath to a property of the node that the rule is on."""
    return f".{name}" if name.isidentifier() else f"['{name}']"


def add(schema: Schema, rule: Rule) -> None:
    """Append a rule unless it is there."""
    rules = schema.setdefault(RULES, [])
    if rule.wire() not in rules:
        rules.append(rule.wire())
