"""What to write instead of a construct that cannot be mapped, by kind of core schema."""

from typing import Final

WAYS_OUT: Final[dict[str, tuple[str, ...]]] = {
    "bytes": ("Annotated[str, Format('byte')] for base64 text",),
    "dataclass": ("a pydantic model",),
    "date": ("crd_gen.Date, which reads what the server's `date` format reads",),
    "datetime": ("crd_gen.Time, which reads what the server's `date-time` format reads",),
    "decimal": (
        "Annotated[str, Field(pattern=...)], exact",
        "IntOrString with a pattern, as Kubernetes quantities do",
    ),
    "dict": ("dict[str, T]", "a Rule on the map: self.all(key, key.matches(...))"),
    "frozenset": ("Annotated[list[T], SetList()], which refuses what set() silently merges",),
    "function": (
        "a Rule with its CEL text, and the same check in Python as accepts=",
        "a constraint of Field (place it before other markers): max_length, pattern, ge …",
    ),
    "json-or-python": ("the plain type behind it",),
    "model": ("a plain model",),
    "recursion": (
        "dict[str, Any] where the recursion starts, so that deeper levels are kept unchecked",
        "as many models as there are levels",
    ),
    "set": ("Annotated[list[T], SetList()], which refuses what set() silently merges",),
    "tagged-union": (
        "one model with the tag as Literal and every branch optional, and a Rule that ties them",
        "dict[str, Any] and a Rule",
    ),
    "time": ("Annotated[str, Field(pattern=...)]",),
    "timedelta": (
        "an integer that names its unit (timeout_seconds: Int32)",
        "Annotated[str, Format('duration')] for Go's syntax, which ISO 8601 is not",
    ),
    "tuple": (
        "a model with named fields",
        "Annotated[list[T], Field(min_length=n, max_length=n)] when items agree",
    ),
    "named-tuple": ("a pydantic model",),
    "typed-dict": ("a pydantic model",),
    "union": (
        "Annotated[int | str, IntOrString()]",
        "T | None",
        "one model with every branch optional, and a Rule that allows one",
    ),
    "url": ("Annotated[str, Format('uri')]",),
    "uuid": ("Annotated[str, Format('uuid')]",),
}
"""Lines for UnmappableError.ways_out."""
