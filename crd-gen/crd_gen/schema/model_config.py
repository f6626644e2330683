"""The settings of a model's ConfigDict that have a structural equivalent."""

from __future__ import annotations

from pydantic import BaseModel

from crd_gen.keywords import PRESERVE_UNKNOWN, Schema
from crd_gen.location import Location

# These change or restrict every field of the model.
_UNSUPPORTED = (
    *("str_strip_whitespace", "str_to_lower", "str_to_upper", "str_min_length", "str_max_length"),
    *("coerce_numbers_to_str", "val_json_bytes", "ser_json_inf_nan", "json_encoders"),
)


def config_keywords(model: type[BaseModel], fields: Schema, at: Location) -> Schema:
    """Return the keywords for a model's settings, and report the others; fields is its core schema."""
    check_config(model, at)
    return _extra_keywords(model.model_config.get("extra"), fields, at)


def check_config(model: type[BaseModel], at: Location) -> None:
    """Report the settings of a model that a schema cannot express."""
    config = model.model_config
    if unsupported := [name for name in _UNSUPPORTED if config.get(name)]:
        at.refuse(
            f"model_config sets {', '.join(unsupported)}, which a schema cannot express",
            "constrain each field; a pattern can require the right form",
        )
    if config.get("regex_engine") == "python-re":
        at.refuse("model_config sets regex_engine=python-re, whose syntax differs from Go's", "drop it")
    if config.get("validate_by_alias") is False:
        at.refuse(
            "model_config sets validate_by_alias=False: fields have another name when serialized",
            "drop it; validate_by_name=True lets Python code use the attributes' names",
        )


def _extra_keywords(extra: str | None, fields: Schema, at: Location) -> Schema:
    if extra == "forbid":
        at.refuse(
            'extra="forbid" has no equivalent: additionalProperties and properties are mutually exclusive',
            "drop it: the server prunes unknown fields, and rejects them under strict field validation",
        )
        return {}
    if fields.get("extras_schema") or fields.get("extras_keys_schema"):
        at.refuse(
            "__pydantic_extra__ has a type: unknown fields can be preserved, but not validated",
            "a field of its own for them: dict[str, T]",
        )
    return {PRESERVE_UNKNOWN: True} if extra == "allow" else {}
