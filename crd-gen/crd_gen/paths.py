"""Paths given as attributes, followed through the fields of a model."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel


@dataclass(frozen=True)
class Step:
    """One field on the way: the model that has it, its attribute, its JSON name, the item of a list."""

    model: type[BaseModel]
    attribute: str
    wire: str
    item: str = ""


class Trail:
    """Stands in for an object while a path is recorded; knows only what the model declares."""

    def __init__(self, annotation: Any, steps: tuple[Step, ...]) -> None:
        # A field never starts with an underscore, so these hide none.
        self._annotation, self._steps = annotation, steps

    def __getattr__(self, attribute: str) -> Trail:
        model = _model(self._annotation)
        if model is None:
            where = ".".join(step.attribute for step in self._steps)
            raise AttributeError(f"{where} is no object: it has no field {attribute!r}")
        info = model.model_fields.get(attribute)
        if info is None:
            known = ", ".join(model.model_fields)
            raise AttributeError(f"{model.__name__} has no field {attribute!r}; it has {known}")
        step = Step(model, attribute, info.serialization_alias or info.alias or attribute)
        return Trail(info.annotation, (*self._steps, step))

    def __call__(self, **item: str) -> Trail:
        """Choose the item of a list by one of its fields: `status.conditions(type="Ready").status`."""
        model = _model(_items(self._annotation))
        if model is None or len(item) != 1:
            raise AttributeError("an item is chosen from a list of objects by one field: (type='Ready')")
        ((attribute, value),) = item.items()
        step = Trail(model, ()).__getattr__(attribute)._steps[0]
        last = replace(self._steps[-1], item=f'[?(@.{step.wire}=="{value}")]')
        return Trail(model, (*self._steps[:-1], last))

    def __getitem__(self, index: int | str) -> Trail:
        """Choose the item of a list by its place, or all: `status.addresses[0].value`, `spec.hosts["*"]`."""
        item = _items(self._annotation)
        if item is None or (index != "*" and not isinstance(index, int)):
            raise AttributeError(f"[{index!r}] chooses nothing here: a list has items [0] and ['*']")
        return Trail(item, (*self._steps[:-1], replace(self._steps[-1], item=f"[{index}]")))


def resolve(model: type[BaseModel], pick: Callable[[Any], Any]) -> tuple[Step, ...]:
    """Follow pick from model. Raises AttributeError when a field on the way does not exist."""
    trail = pick(Trail(model, ()))
    if not isinstance(trail, Trail):
        raise AttributeError(  # noqa: TRY004 - the same trouble as a field that is not there
            f"a path must end in a field of {model.__name__}, not in {trail!r}"
        )
    return trail._steps


def dotted(steps: tuple[Step, ...]) -> str:
    """Write the simple JSONPath that printer columns and selectors use: `.spec.teamRef`."""
    return "".join(f".{step.wire}{step.item}" for step in steps)


def _items(annotation: Any) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _items(arguments[0])
    if origin in (Union, types.UnionType):
        return next((_items(arm) for arm in arguments if arm is not type(None)), None)
    return arguments[0] if origin is list else None


def _model(annotation: Any) -> type[BaseModel] | None:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _model(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        inner = [arm for arm in get_args(annotation) if arm is not type(None)]
        return _model(inner[0]) if len(inner) == 1 else None
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
