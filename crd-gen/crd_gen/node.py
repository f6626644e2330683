"""The base of every object in a resource: camelCase on the wire, strict, silent about absent fields."""

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

from crd_gen.markers import Nullable, Rule


class Node(BaseModel):
    """An object of the schema.

    `rules` are CEL rules on the object as a whole. A field is documented by the string below it.
    Strict, because the API server does not read "1" as an integer either; unknown fields are
    ignored as the server prunes them (`extra="allow"` keeps them on both sides).
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        strict=True,
        use_attribute_docstrings=True,
        protected_namespaces=(),
        # A schema is made from the fields alone: validators are built when an object is first judged.
        defer_build=True,
    )
    rules: ClassVar[tuple[Rule, ...]] = ()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a field that takes the name of what is said about the class itself."""
        super().__pydantic_init_subclass__(**kwargs)
        for name in sorted(cls.model_fields.keys() & {"rules", "names", "version", "picks", "path", "read"}):
            if hasattr(cls, name) or name == "rules":
                raise TypeError(
                    f"{cls.__name__}.{name} is not free for a field:"
                    f" {name}_: Annotated[T, Field(alias={name!r})]"
                )

    @model_validator(mode="after")
    def run_rules(self) -> Node:
        """Refuse what the object's own rules refuse."""
        for rule in self.rules:
            if check := rule.check():
                check(self)
        return self

    @model_serializer(mode="wrap")
    def omit_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write no null for a field that is merely absent; a nullable one keeps its null."""
        absent = [
            name
            for name, info in type(self).model_fields.items()
            if getattr(self, name) is None and not (name in self.model_fields_set and _keeps_null(info))
        ]
        wire: dict[str, Any] = handler(self)
        for name in absent:
            wire.pop(name, None)
            wire.pop(type(self).model_fields[name].alias or name, None)
        return wire


def _keeps_null(info: FieldInfo) -> bool:
    marked = any(isinstance(marker, Nullable) for marker in info.metadata)
    # Where absent reads as a value, null is another one.
    return info.is_required() or info.annotation is Any or marked or info.get_default() is not None
