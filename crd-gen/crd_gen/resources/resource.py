"""The base class of custom resources."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from crd_gen.models.field_path import Step, resolve
from crd_gen.models.metadata import Resource
from crd_gen.resources.normalize import enum_type_errors, normalize
from crd_gen.resources.version import Names, Pick, Version
from crd_gen.schema.structural import structural_schema


class CustomResource(Resource):
    """Base of a kind in one version: declare `names` and `version`, then the fields.

    Raises AttributeError at class creation if a column, a selectable field or a scale path does not exist.
    """

    names: ClassVar[Names]
    version: ClassVar[Version]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Resolve every path, so that a wrong one fails at import."""
        super().__pydantic_init_subclass__(**kwargs)
        if "version" in cls.__dict__:
            for pick in cls.picks():
                cls.path(pick)

    @classmethod
    def picks(cls) -> tuple[Pick, ...]:
        """Return the fields that the version refers to."""
        return cls.version.picks()

    @classmethod
    def path(cls, pick: Pick) -> tuple[Step, ...]:
        """Return the path of a field of this class."""
        return resolve(cls, pick)

    @model_validator(mode="after")
    def is_of_this_kind(self) -> Self:
        """Check apiVersion and kind."""
        expected = f"{self.names.group}/{self.version.name}", self.names.kind
        if (self.api_version, self.kind) != expected:
            raise ValueError(f"is {self.api_version} {self.kind}, not {' '.join(expected)}")
        return self

    @classmethod
    def read(cls, document: str | bytes | Mapping[str, Any]) -> Self:
        """Validate an object as the API server does, with the same normalization of nulls and numbers.

        Types are strict and fields have their JSON names, whatever the models' settings are. document is JSON
        text or parsed JSON. Raises pydantic.ValidationError.
        """
        data = json.loads(document) if isinstance(document, str | bytes) else document
        schema = structural_schema(cls)
        normalized = normalize(data, schema)
        if wrong := [_error(path, value) for path, value in enum_type_errors(normalized, schema)]:
            raise ValidationError.from_exception_data(cls.__name__, wrong, "json")
        return cls.model_validate_json(json.dumps(normalized), strict=True, by_alias=True, by_name=False)


def _error(path: tuple[str | int, ...], value: object) -> InitErrorDetails:
    error = PydanticCustomError("enum", "Input should be a listed value: booleans are not numbers in JSON")
    return {"type": error, "loc": path, "input": value}
