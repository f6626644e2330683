"""The snapshot of a model in a run: the same fields and descriptions, without validation or defaults.

A run that cannot be recorded is worse than a loosely typed one: the team may live under another
operator's schema, laxer or newer than ours. So a copy has no bounds, enumerations, patterns (but those
of quantities, without which no Go client could read it), formats, rules, defaults or required fields;
unknown fields and nulls are kept as they are; lists are atomic, because a snapshot is written whole and
a list keyed by name would refuse a double name here, where the webhook gives the better answer.
"""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model

from crd_gen import AtomicList, Node, Nullable, Quantity


def recorded(model: type[BaseModel]) -> type[RecordedNode]:
    """Return the copy of a model, its nested models included."""
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

    # The descriptions are handed over, there is no source to read them from.
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
