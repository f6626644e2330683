"""What model_config says, as far as a schema can say it too."""

from __future__ import annotations

from pydantic import BaseModel

from crd_gen.place import Place, Schema

# These change or bound every field of the model, out of sight of the field.
_ALTERING = (
    *("str_strip_whitespace", "str_to_lower", "str_to_upper", "str_min_length", "str_max_length"),
    *("coerce_numbers_to_str", "val_json_bytes", "ser_json_inf_nan"),
)


def settings(model: type[BaseModel], fields: Schema, at: Place) -> Schema:
    """Give the words that the model's settings come to; fields is its core schema."""
    config = model.model_config
    if hidden := [name for name in _ALTERING if config.get(name)]:
        raise at.refuse(
            f"model_config sets {', '.join(hidden)}, which a schema cannot say",
            "give each field its own constraint; a pattern can demand the right form",
        )
    if config.get("regex_engine") == "python-re":
        raise at.refuse(
            "model_config sets regex_engine python-re, whose patterns Go reads otherwise", "drop it"
        )
    if config.get("validate_by_alias") is False:
        raise at.refuse(
            "model_config sets validate_by_alias=False: a field is read by a name that it is not written by",
            "drop it; validate_by_name=True lets Python code use the attributes' names",
        )
    return _extras(config.get("extra"), fields, at)


def _extras(extra: str | None, fields: Schema, at: Place) -> Schema:
    if extra == "forbid":
        raise at.refuse(
            'extra="forbid" cannot be said: additionalProperties and properties exclude each other',
            "drop it: the server prunes unknown fields, and refuses them under strict field validation",
        )
    if fields.get("extras_schema") or fields.get("extras_keys_schema"):
        raise at.refuse(
            "__pydantic_extra__ has a type: unknown fields can be kept, but not checked",
            "a field of its own for them: dict[str, T]",
        )
    return {"x-kubernetes-preserve-unknown-fields": True} if extra == "allow" else {}
