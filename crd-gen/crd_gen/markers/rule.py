"""CEL rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from crd_gen.keywords import VALIDATIONS, Schema
from crd_gen.markers.base import Check, Marker

Reason = Literal["FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate"]


@dataclass(frozen=True)
class Rule(Marker):
    """One entry of x-kubernetes-validations; the fields are those of that keyword.

    accepts is the same rule in Python. A transition rule (one that reads oldSelf) needs none: pydantic
    validates a single object, which has no previous state.
    """

    rule: str
    message: str = ""
    message_expression: str = ""
    reason: Reason | None = None
    field_path: str = ""
    optional_old_self: bool = False
    accepts: Callable[[Any], bool] | None = None

    def check(self) -> Check | None:
        """Return the check that accepts is, with the rule's message."""
        return Check(self.accepts, self.message or f"failed rule: {self.rule}") if self.accepts else None

    def wire(self) -> dict[str, Any]:
        """Return the entry as JSON."""
        fields = {
            "rule": self.rule,
            "message": self.message,
            "messageExpression": self.message_expression,
            "reason": self.reason,
            "fieldPath": self.field_path,
            "optionalOldSelf": self.optional_old_self,
        }
        return {name: value for name, value in fields.items() if value or name == "rule"}


def add_rule(schema: Schema, rule: Rule) -> None:
    """Append a rule to a schema, unless it is there already."""
    rules = schema.setdefault(VALIDATIONS, [])
    if rule.wire() not in rules:
        rules.append(rule.wire())
