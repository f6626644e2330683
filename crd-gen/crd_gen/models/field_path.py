"""JSON paths recorded from attribute access on a model."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel


@dataclass(frozen=True)
class Step:
    """One field of a path: its model, attribute, JSON name, and the selector of a list item."""

    model: type[BaseModel]
    attribute: str
    wire: str
    item: str = ""


class PathRecorder:
    """Records the attributes that are read from it; only fields that the model declares exist."""

    def __init__(self, annotation: Any, steps: tuple[Step, ...]) -> None:
        # A field never starts with an underscore, so these hide none.
        self._annotation, self._steps = annotation, steps

    def __getattr__(self, attribute: str) -> PathRecorder:
        model = _model(self._annotation)
        if model is None:
            path = ".".join(step.attribute for step in self._steps)
            raise AttributeError(f"{path} is not an object and has no field {attribute!r}")
        info = model.model_fields.get(attribute)
        if info is None:
            known = ", ".join(model.model_fields)
            raise AttributeError(f"{model.__name__} has no field {attribute!r}; it has {known}")
        step = Step(model, attribute, info.serialization_alias or info.alias or attribute)
        return PathRecorder(info.annotation, (*self._steps, step))

    def __call__(self, **item: str) -> PathRecorder:
        """Select the item of a list by one of its fields: `status.conditions(type="Ready").status`."""
        model = _model(_items(self._annotation))
        if model is None or len(item) != 1:
            raise AttributeError("select an item of a list of objects by one field, as in (type='Ready')")
        ((attribute, value),) = item.items()
        step = PathRecorder(model, ()).__getattr__(attribute)._steps[0]
        last = replace(self._steps[-1], item=f'[?(@.{step.wire}=="{value}")]')
        return PathRecorder(model, (*self._steps[:-1], last))

    def __getitem__(self, index: int | str) -> PathRecorder:
        """Select the item of a list by index, or all: `status.addresses[0].value`, `spec.hosts["*"]`."""
        item = _items(self._annotation)
        if item is None or (index != "*" and not isinstance(index, int)):
            raise AttributeError(f"[{index!r}] is not an item here: select [0] or ['*'] of a list")
        return PathRecorder(item, (*self._steps[:-1], replace(self._steps[-1], item=f"[{index}]")))


def resolve(model: type[BaseModel], pick: Callable[[Any], Any]) -> tuple[Step, ...]:
    """Return the path that pick reads from a model. Raises AttributeError for a field that does not exist."""
    recorder = pick(PathRecorder(model, ()))
    if not isinstance(recorder, PathRecorder):
        raise AttributeError(  # noqa: TRY004 - handled like a field that does not exist
            f"a path must end in a field of {model.__name__}, not in {recorder!r}"
        )
    return recorder._steps


def dotted(steps: tuple[Step, ...]) -> str:
    """Return the simple JSONPath of printer columns and selectable fields: `.spec.teamRef`."""
    return "".join(f".{step.wire}{step.item}" for step in steps)


def _items(annotation: Any) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _items(arguments[0])
    if origin in (Union, types.UnionType):
        return next((_items(branch) for branch in arguments if branch is not type(None)), None)
    return arguments[0] if origin is list else None


def _model(annotation: Any) -> type[BaseModel] | None:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _model(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        inner = [branch for branch in get_args(annotation) if branch is not type(None)]
        return _model(inner[0]) if len(inner) == 1 else None
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
