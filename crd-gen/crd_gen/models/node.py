"""The base class of every object in a resource."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from crd_gen.markers.base import has_marker
from crd_gen.markers.keywords import Nullable
from crd_gen.markers.python_only import PythonOnly
from crd_gen.markers.rule import Rule
from crd_gen.models.annotations import fields_of

_RESERVED = {"rules", "names", "version", "picks", "path", "read"}


class Node(BaseModel):
    """An object of the schema.

    `rules` are CEL rules on the object as a whole. The string below a field is its description. JSON names
    are camelCase. Types are strict, since the API server does not accept "1" as an integer either; unknown
    fields are ignored as the server prunes them (`extra="allow"` preserves them, in Python too).
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        strict=True,
        use_attribute_docstrings=True,
        protected_namespaces=(),
        # A schema needs only the fields; validators are built when the first object is validated.
        defer_build=True,
    )
    rules: ClassVar[tuple[Rule | PythonOnly, ...]] = ()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Check the rules, and that no field has the name of a class attribute. Raises TypeError."""
        super().__pydantic_init_subclass__(**kwargs)
        rules: object = cls.rules
        if not isinstance(rules, tuple | list) or not all(
            isinstance(rule, Rule | PythonOnly) for rule in rules
        ):
            raise TypeError(
                f"{cls.__name__}.rules is {rules!r}, expected a tuple of Rule(...) and PythonOnly(...)"
            )
        for name in sorted(cls.model_fields.keys() & _RESERVED):
            if hasattr(cls, name) or name == "rules":
                raise TypeError(
                    f"{cls.__name__}.{name}: the name is reserved;"
                    f" write {name}_: Annotated[T, Field(alias={name!r})]"
                )

    @model_validator(mode="after")
    def run_rules(self) -> Node:
        """Check the object's own rules."""
        for rule in self.rules:
            if check := rule.check():
                check(self)
        return self

    @model_serializer(mode="wrap")
    def omit_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write null only for a nullable field; omit an absent one."""
        fields = fields_of(type(self))
        absent = [
            name
            for name, info in fields.items()
            if getattr(self, name) is None and not (name in self.model_fields_set and _is_nullable(info))
        ]
        wire: dict[str, Any] = handler(self)
        for name in absent:
            wire.pop(name, None)
            wire.pop(fields[name].alias or name, None)
        return wire


def _is_nullable(info: FieldInfo) -> bool:
    marked = has_marker(info.metadata, Nullable)
    # If an absent field has a default other than None, null is a value of its own.
    return info.is_required() or info.annotation is Any or marked or info.get_default() is not None
