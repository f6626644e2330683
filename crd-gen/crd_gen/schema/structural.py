"""The structural schema of a model, which the API server enforces, and everything in the model that has none.

All refusals are found in one run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel

from crd_gen.errors import UnmappableError
from crd_gen.keywords import Schema
from crd_gen.location import Location, Report
from crd_gen.models.annotations import fields_of, models_in
from crd_gen.models.metadata import Resource
from crd_gen.schema.alternatives import OTHER
from crd_gen.schema.core import with_core_schemas
from crd_gen.schema.generator import UNREADABLE, SchemaGenerator


@dataclass(frozen=True)
class Translation:
    """The schema of a model, and what its translation reported; a refused field accepts any scalar."""

    schema: Schema
    report: Report


def structural_schema(model: type[BaseModel]) -> Schema:
    """Return the structural schema of a model, a CustomResource or any other.

    Raises UnmappableError with all constructs without an exact equivalent.
    """
    found = translate(model)
    if found.report.refusals:
        raise UnmappableError.of(found.report.refusals)
    return found.schema


@lru_cache
def translate(model: type[BaseModel]) -> Translation:
    """Translate a model, and report what has no equivalent."""
    at = Location(model.__name__, owner=model, annotation=model, is_resource=issubclass(model, Resource))
    try:
        schema = with_core_schemas(lambda core: SchemaGenerator(core).generate(core.of(model), at))
    except UnmappableError as refusal:
        at.report.refusals.append(refusal)
        schema = {"type": "object"}
    except UNREADABLE as error:
        # Pydantic fails for a model as a whole: find the fields that it fails for.
        if not _refuse_fields(model, at):
            at.refuse(f"pydantic cannot read the model: {_first_line(error)}", *OTHER)
        schema = {"type": "object"}
    return Translation(schema, at.report)


def _refuse_fields(model: type[BaseModel], at: Location) -> bool:
    found = False
    for cls in models_in(model):
        for attribute, info in fields_of(cls).items():
            if list(models_in(info.annotation)):
                continue
            where = replace(at.of(cls), attribute=attribute, path=attribute, annotation=info.annotation)
            annotation = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
            found |= _refuse_field(annotation, where)
    return found


def _refuse_field(annotation: Any, at: Location) -> bool:
    """Report what is wrong with one field; return True if pydantic cannot read it."""
    try:
        with_core_schemas(lambda core: SchemaGenerator(core).generate(core.of(annotation), at))
    except UnmappableError as refusal:
        at.report.refusals.append(refusal)
    except UNREADABLE as error:
        at.refuse(f"pydantic cannot read the type: {_first_line(error)}", *OTHER)
        return True
    return False


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].partition(". Set `arbitrary")[0].rstrip(".")
