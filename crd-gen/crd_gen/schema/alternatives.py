"""What to write instead of a construct that has no structural equivalent."""

from typing import Any, Final, get_args, get_origin

IN_PYTHON: Final = "PythonOnly('why the server does not check it'), which `crd-gen check` lists"
OTHER: Final = (
    "a type that JSON has: str, int, float, bool, list[T], dict[str, T], Literal or a model",
    "Any, or dict[str, Any] for an object, which the server stores unchecked",
    "map_class(T, to=...) for a class of another library",
)
"""Alternatives to a type that no entry below names."""

BY_KIND: Final[dict[str, tuple[str, ...]]] = {
    "bytes": ("Annotated[str, Format('byte')] for base64 text",),
    "arguments": OTHER,
    "call": OTHER,
    "callable": ("leave the field out: a function is not data", "a string that names the function"),
    "complex": ("a model with two fields: real: float, imaginary: float",),
    "dataclass": ("a pydantic model",),
    "generator": ("list[T]",),
    "is-instance": OTHER,
    "is-subclass": ("a string that names the class",),
    "json": ("the type itself, without Json: the server stores JSON, not text that contains JSON",),
    "none": ("leave the field out: it has no value other than null", "T | None = None"),
    "url": OTHER,
    "date": ("crd_gen.Date, which accepts what the server's `date` format accepts",),
    "datetime": ("crd_gen.Time, which accepts what the server's `date-time` format accepts",),
    "decimal": (
        "Annotated[str, Field(pattern=...)] for exact decimals",
        "crd_gen.Quantity for an amount with a unit",
    ),
    "dict": ("dict[str, T]", "a Rule on the map: self.all(key, key.matches(...))"),
    "frozenset": ("Annotated[list[T], SetList()], which refuses what set() silently merges",),
    "function": (
        "a Rule in CEL, with the same check in Python as accepts=",
        "a constraint of Field, before other markers: max_length, pattern, ge …",
        IN_PYTHON,
    ),
    "json-or-python": ("the plain type",),
    "model": ("a plain model",),
    "recursion": (
        "dict[str, Any] where the recursion starts, so that deeper levels are stored unchecked",
        "one model for each level",
    ),
    "set": ("Annotated[list[T], SetList()], which refuses what set() silently merges",),
    "tagged-union": (
        "one model with the tag as Literal and every branch optional, and a Rule that relates them",
        "dict[str, Any] and a Rule",
    ),
    "time": ("Annotated[str, Field(pattern=...)]",),
    "timedelta": (
        "an integer with the unit in its name (timeout_seconds: Int32)",
        "Annotated[str, Format('duration')] for Go durations (1h30m), which are not ISO 8601",
    ),
    "tuple": (
        "a model with named fields",
        "Annotated[list[T], Field(min_length=n, max_length=n)] if all items have one type",
    ),
    "named-tuple": ("a pydantic model",),
    "typed-dict": ("a pydantic model",),
    "union": (
        "Annotated[int | str, IntOrString()]",
        "T | None",
        'Literal["a", "b"] for values of one type',
        "one model with every branch optional, and a Rule that allows one",
    ),
    "uuid": ("Annotated[str, Format('uuid')]",),
}
"""Alternatives by kind of core schema."""

MOVED: Final = ("Field(...) before other markers: Annotated[str, Field(max_length=40), Format('date')]",)
_OF_MODEL = (
    "model_config = ConfigDict(json_schema_extra={'minProperties': 1}) on the model",
    "a Rule of the model: has(self.first) || has(self.second)",
)
_OF_VALUES = ("leave it out: the values have their lengths",)
CONSTRAINTS: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("definition-ref", "definitions", "model"), _OF_MODEL),
    **dict.fromkeys(("literal", "enum"), _OF_VALUES),
}
"""Alternatives to a constraint of Field, by the kind of core schema that it does not apply to."""

_IP = ("Annotated[str, Format('ipv4')], or 'ipv6', 'cidr'",)
_URL = (
    "Annotated[str, Field(pattern='^https://')]",
    "Annotated[str, Format('uri', accepts=...)], with the server's check in Python",
)
_MAP = ("dict[str, T]",)
_LIST = ("list[T]",)
_SECRET = ("a reference to a key of a Secret: do not store secrets in a custom resource",)
BY_TYPE: Final[dict[str, tuple[str, ...]]] = {
    "_BaseUrl": _URL,
    "_BaseMultiHostUrl": _URL,
    "_SecretField": _SECRET,
    "Secret": _SECRET,
    "PurePath": ("str",),
    "Path": ("str",),
    "Pattern": ("str, compiled where it is used",),
    "IPv4Address": _IP,
    "IPv6Address": _IP,
    "IPv4Network": _IP,
    "IPv6Network": _IP,
    "IPv4Interface": _IP,
    "IPv6Interface": _IP,
    "IPvAnyAddress": _IP,
    "IPvAnyNetwork": _IP,
    "IPvAnyInterface": _IP,
    "ByteSize": ("crd_gen.Quantity",),
    "Sequence": _LIST,
    "deque": _LIST,
    "Iterable": _LIST,
    "Iterator": _LIST,
    "Generator": _LIST,
    "Collection": _LIST,
    "defaultdict": _MAP,
    "OrderedDict": _MAP,
    "Mapping": _MAP,
    "MutableMapping": _MAP,
    "Counter": ("dict[str, int]",),
    "EmailStr": ("Annotated[str, Field(pattern='^[^@]+@[^@]+$')]",),
    "NameEmail": ("Annotated[str, Field(pattern='^[^@]+@[^@]+$')]",),
    "ImportString": ("str, imported where it is used",),
}
"""Alternatives by class name, for types that pydantic validates with functions."""


def alternatives_for(annotation: Any) -> tuple[str, ...]:
    """Return the alternatives to the outermost type of an annotation that has some."""
    origin = get_origin(annotation) or annotation
    for cls in origin.__mro__ if isinstance(origin, type) else ():
        if alternatives := BY_TYPE.get(cls.__name__):
            return alternatives
    return next((found for inner in get_args(annotation) if (found := alternatives_for(inner))), ())
