"""What an annotation consists of."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo


def fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a model.

    Until a forward reference is resolved, pydantic knows neither the type nor the alias of the field; if the
    model is used only within others, it resolves the reference only in their schemas.
    """
    if not model.__pydantic_fields_complete__:
        model.model_rebuild(raise_errors=False)
    return model.model_fields


def plain(annotation: Any) -> Any:
    """Return an annotation without Annotated and the name of a type alias."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif hasattr(annotation, "__value__"):
            annotation = annotation.__value__
        else:
            return annotation


def without_none(annotation: Any) -> Any:
    """Return T for `T | None`; the annotation itself for any other union."""
    annotation = plain(annotation)
    if get_origin(annotation) not in (Union, types.UnionType):
        return annotation
    branches = [branch for branch in get_args(annotation) if branch is not type(None)]
    return plain(branches[0]) if len(branches) == 1 else annotation


def element_of(annotation: Any) -> Any:
    """Return the type of the items of a list; None for anything else."""
    arguments = get_args(plain(annotation))
    return plain(arguments[0]) if arguments else None


def value_of(annotation: Any) -> Any:
    """Return the type of the values of a map; None for anything else."""
    arguments = get_args(plain(annotation))
    return plain(arguments[1]) if len(arguments) > 1 else None


def models_in(annotation: Any, seen: set[Any] | None = None) -> Iterator[type[BaseModel]]:
    """Yield every model that a type consists of, each once."""
    seen = set() if seen is None else seen
    if hasattr(annotation, "__value__"):
        if annotation in seen:  # a recursive alias
            return
        seen.add(annotation)
    annotation = plain(annotation)
    for inner in get_args(annotation):
        yield from models_in(inner, seen)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in seen:
        seen.add(annotation)
        yield annotation
        for info in fields_of(annotation).values():
            yield from models_in(info.annotation, seen)
