"""Markers that expand into transition rules, CEL rules that compare an object with its previous state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from crd_gen.cel.escaping import escape
from crd_gen.cel.typing.types import decl_type
from crd_gen.keywords import PRESERVE_UNKNOWN, Schema
from crd_gen.location import Location
from crd_gen.markers.base import Marker
from crd_gen.markers.rule import Rule, add_rule


class TransitionMarker(Marker):
    """Expands into rules on the field, and on its parent if the field is optional.

    A marker that a client could evade through a parent (Location.bypass) is an error.
    """

    def expand(self, schema: Schema, at: Location) -> None:
        """Add the rules to the schema of the field."""

    def parent_rule(self, name: str) -> Rule | None:
        """Return the rule for the parent of an optional field."""


@dataclass(frozen=True)
class Immutable(TransitionMarker):
    """The field keeps its value and its presence for the lifetime of the object.

    Each field of an object gets a rule of its own, so that an error names every changed field, and an
    optional one a rule on its presence. An object with unknown, nullable or untyped fields gets a rule on
    the whole value as well. What CEL considers equal may change: the order of a set or map list, the
    notation of a time, duration or base64 text.

    CEL does not compare unknown fields (apiserver, pkg/cel/common/values.go), so a value that preserves them
    is an error unless known_fields_only accepts that only the declared fields are immutable.
    """

    message: str = "is immutable"
    known_fields_only: bool = False

    def expand(self, schema: Schema, at: Location) -> None:
        """Add a rule for the value and the presence of each field."""
        _require_comparable(self, schema, at)
        if not self.known_fields_only:
            _require_visible(self, schema, at)
        properties = schema.get("properties", {})
        invisible = any(inner.get("nullable") or decl_type(inner) is None for inner in properties.values())
        if not properties or invisible or schema.get(PRESERVE_UNKNOWN):
            add_rule(schema, _unchanged_except(properties, self.message))
        required = set(schema.get("required", ()))
        for name, inner in properties.items():
            # A field that is invisible to CEL is covered by the rule on the whole value.
            if decl_type(inner) is None:
                continue
            add_rule(inner, unchanged(self.message))
            if name not in required and "default" not in inner:
                add_rule(schema, self.parent_rule(name))

    def parent_rule(self, name: str) -> Rule:
        """Return the rule that the field is neither added nor removed."""
        field = escape(name)
        rule = f"has(self.{field}) == has(oldSelf.{field})"
        return Rule(rule, self.message, reason="FieldValueForbidden", field_path=path_to(name))


@dataclass(frozen=True)
class Kept(TransitionMarker):
    """The field cannot be removed once it is set; its value may change."""

    message: str = "cannot be removed once it is set"

    def parent_rule(self, name: str) -> Rule:
        """Return the rule that the field is not removed."""
        field = escape(name)
        rule = f"!has(oldSelf.{field}) || has(self.{field})"
        return Rule(rule, self.message, reason="FieldValueForbidden", field_path=path_to(name))


@dataclass(frozen=True)
class SetOnce(Kept):
    """The field cannot change or be removed once it is set."""

    message: str = "cannot change once it is set"
    known_fields_only: bool = False

    def expand(self, schema: Schema, at: Location) -> None:
        """Add the rule on the value."""
        _require_comparable(self, schema, at)
        if not self.known_fields_only:
            _require_visible(self, schema, at)
        add_rule(schema, unchanged(self.message))


@dataclass(frozen=True)
class Sealed(Kept):
    """On a status: no field changes once the phase is terminal, and the status cannot be removed.

    when lists the terminal phases. While the phase is one of while_in, no other field changes either, but the
    phase may: a Rule of the model decides when. phase and but are JSON names of fields of the object; the
    fields in but may always change.

    An object with unknown or untyped fields is an error unless known_fields_only accepts that only the fields
    visible to CEL are sealed.
    """

    phase: str = "phase"
    when: tuple[str, ...] = ()
    while_in: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    message: str = "is sealed: the phase is terminal"
    known_fields_only: bool = False

    def expand(self, schema: Schema, at: Location) -> None:
        """Add a rule for each sealed field."""
        _require_comparable(self, schema, at)
        properties = schema.get("properties", {})
        for name in (self.phase, *self.but):
            if name not in properties:
                raise at.error(
                    f"Sealed refers to the unknown field {name!r}", f"use one of {', '.join(properties)}"
                )
        self._require_known_phases(properties[self.phase], at)
        sealed = {name: inner for name, inner in properties.items() if name not in self.but}
        if not self.known_fields_only:
            _require_visible(self, {**schema, "properties": sealed}, at)
        for name, inner in sealed.items():
            if decl_type(inner) is None:
                continue
            if inner.get("nullable"):
                raise at.error(
                    f"Sealed cannot distinguish null from absent, and {name!r} can be either", "drop Nullable"
                )
            add_rule(schema, self._rule(name, required=name in schema.get("required", ())))

    def parent_rule(self, name: str) -> Rule:
        """Return the rule that the field is not removed, in any phase; `message` is about terminal ones."""
        return replace(super().parent_rule(name), message=Kept.message)

    def _require_known_phases(self, phase: Schema, at: Location) -> None:
        named = (*self.when, *self.while_in)
        unknown = [value for value in named if value not in phase.get("enum", named)]
        known = ", ".join(str(value) for value in phase.get("enum", ())) or "any string"
        if not named:
            raise at.error("Sealed lists no phase in when or while_in", f"values of {self.phase!r}: {known}")
        if unknown or phase.get("type") != "string":
            raise at.error(
                f"Sealed lists {', '.join(unknown or named)}, not a value of {self.phase!r}",
                f"values of {self.phase!r}: {known}",
            )

    def _rule(self, name: str, *, required: bool) -> Rule:
        phase, field = escape(self.phase), escape(name)
        terminal = [_is_any_of(f"oldSelf.{phase}", self.when)] if self.when else []
        if self.while_in and name != self.phase:
            left = _is_any_of(f"oldSelf.{phase}", self.while_in)
            terminal.append(f"({left} && has(self.{phase}) && self.{phase} == oldSelf.{phase})")
        same_value = f"self.{field} == oldSelf.{field}"
        same = (
            same_value
            if required
            else f"(has(self.{field}) ? has(oldSelf.{field}) && {same_value} : !has(oldSelf.{field}))"
        )
        rule = f"!(has(oldSelf.{phase}) && ({' || '.join(terminal) or 'false'})) || {same}"
        return Rule(rule, self.message, reason="FieldValueForbidden", field_path=path_to(name))


def invisible_paths(schema: Schema, path: str = "") -> Iterator[str]:
    """Yield the paths in a value where CEL does not see a change: unknown fields, and untyped ones."""
    if schema.get(PRESERVE_UNKNOWN) or (decl_type(schema) is None and "items" not in schema):
        yield path
    for name, inner in schema.get("properties", {}).items():
        yield from invisible_paths(inner, f"{path}.{name}")
    for word, step in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(schema.get(word), dict):
            yield from invisible_paths(schema[word], f"{path}{step}")


def _is_any_of(value: str, words: tuple[str, ...]) -> str:
    return " || ".join(f"{value} == '{word}'" for word in words)


def unchanged(message: str) -> Rule:
    """Return the rule that a value does not change; its cost is 2, however large the value is."""
    return Rule("self == oldSelf", message, reason="FieldValueForbidden")


def _unchanged_except(properties: Schema, message: str) -> Rule:
    """Return the rule that an object does not change, unless a field with a rule of its own did.

    Comparing lists of one item has a low cost, however large the item is (cel-go, checker/cost.go).
    """
    own = [name for name, inner in properties.items() if decl_type(inner) and not inner.get("nullable")]
    fields = ((f"self.{escape(name)}", f"oldSelf.{escape(name)}") for name in own)
    changed = [f"(has({new}) ? [{new}] : []) != (has({old}) ? [{old}] : [])" for new, old in fields]
    return Rule(" || ".join(["self == oldSelf", *changed]), message, reason="FieldValueForbidden")


def _require_comparable(marker: TransitionMarker, schema: Schema, at: Location) -> None:
    if decl_type(schema) is None:
        raise at.error(
            f"{type(marker).__name__} on a value that CEL cannot see",
            "dict[str, Any], which CEL can compare",
            "Immutable on the parent object",
        )
    if schema.get("nullable"):
        raise at.error(
            f"{type(marker).__name__} on a nullable field: CEL rules do not run on null",
            "T | None = None without Nullable, where None means absent",
        )


def _require_visible(marker: TransitionMarker, schema: Schema, at: Location) -> None:
    if paths := list(islice(invisible_paths(schema), 4)):
        shown = ", ".join(path.lstrip(".") or "the object itself" for path in paths[:3])
        more = " and others" if len(paths) > 3 else ""  # noqa: PLR2004
        raise at.error(
            f"{type(marker).__name__} cannot protect unknown fields, which CEL does not see: {shown}{more}",
            "declare the fields",
            f"{type(marker).__name__}(known_fields_only=True), and an admission policy for the others",
        )


def path_to(name: str) -> str:
    """Return the fieldPath of a property of the object that a rule is on."""
    return f".{name}" if name.isidentifier() else f"['{name}']"
