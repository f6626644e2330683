"""JSON paths recorded from attribute access on a model."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, get_origin

from pydantic import BaseModel

from crd_gen.models.annotations import element_of, fields_of, value_of, without_none


@dataclass(frozen=True)
class Step:
    """One field of a path: its model, attribute, JSON name, and the selector of a list item.

    is_key is set for a key of a map, which is no attribute.
    """

    model: type[BaseModel]
    attribute: str
    wire: str
    item: str = ""
    is_key: bool = False


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
        fields = fields_of(model)
        info = fields.get(attribute)
        if info is None:
            known = ", ".join(fields)
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
        """Select the item of a list by index, or all, or a key of a map.

        `status.addresses[0].value`, `spec.hosts["*"]`, `metadata.labels["team"]`.
        """
        item = _items(self._annotation)
        if item is not None and (index == "*" or isinstance(index, int)):
            return PathRecorder(item, (*self._steps[:-1], replace(self._steps[-1], item=f"[{index}]")))
        if isinstance(index, str) and _is(self._annotation, dict):
            step = Step(self._steps[-1].model, index, index, is_key=True)
            return PathRecorder(value_of(without_none(self._annotation)), (*self._steps, step))
        raise AttributeError(
            f"[{index!r}] is not an item here: select [0] or ['*'] of a list, or ['key'] of a map"
        )


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
    return "".join(f".{_escaped(step.wire)}{step.item}" for step in steps)


def _escaped(name: str) -> str:
    # client-go's JSONPath reads a dot within a name after a backslash.
    return re.sub(r"([.\[\]'])", r"\\\1", name)


def _items(annotation: Any) -> Any:
    return element_of(without_none(annotation)) if _is(annotation, list) else None


def _is(annotation: Any, kind: type) -> bool:
    value = without_none(annotation)
    return value is kind or get_origin(value) is kind


def _model(annotation: Any) -> type[BaseModel] | None:
    value = without_none(annotation)
    return value if isinstance(value, type) and issubclass(value, BaseModel) else None
