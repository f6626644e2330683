"""The snapshot of a model in a run: the same fields and descriptions, without validation or defaults.

The team may have been stored under another operator's schema, which is laxer or newer than ours, and its
runs must still be recorded. A copy therefore has no bounds, enumerations, patterns (except those of
quantities, which Go clients need), formats, rules, defaults or required fields, and it keeps unknown fields
and nulls. Lists are atomic: a list keyed by name would refuse a repeated name, which the webhook explains
better.
"""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model

from crd_gen import AtomicList, Node, Nullable, Quantity


def recorded(model: type[BaseModel]) -> type[RecordedNode]:
    """Return the copy of a model and of its nested models."""
    fields: dict[str, Any] = {
        name: (
            Annotated[_loose(info.annotation) | None, Nullable()],
            Field(default=None, alias=info.alias, description=info.description),
        )
        for name, info in model.model_fields.items()
    }
    return create_model(f"Recorded{model.__name__}", __base__=RecordedNode, __doc__=model.__doc__, **fields)


class RecordedNode(Node):
    """Base of the copies."""

    # Descriptions are passed to create_model; there is no source to read them from.
    model_config = ConfigDict(extra="allow", use_attribute_docstrings=False)


def _loose(annotation: Any) -> Any:  # noqa: PLR0911 - one line for each kind of annotation
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation == Quantity:
        return annotation
    if origin is Annotated:
        return annotation if arguments[0] is Any else _loose(arguments[0])
    if origin in (Union, types.UnionType):
        return _loose(next(arm for arm in arguments if arm is not type(None)))
    if origin is list:
        items: Any = Annotated[_loose(arguments[0]) | None, Nullable()]
        return Annotated[list[items], AtomicList()]
    if origin is dict:
        values: Any = Annotated[_loose(arguments[1]) | None, Nullable()]
        return dict[str, values]
    if origin is Literal:
        return type(arguments[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return recorded(annotation)
    return annotation
