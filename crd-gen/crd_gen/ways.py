"""What to write instead of a construct that cannot be mapped, by kind of core schema."""

from typing import Any, Final, get_args, get_origin

WAYS_OUT: Final[dict[str, tuple[str, ...]]] = {
    "bytes": ("Annotated[str, Format('byte')] for base64 text",),
    "dataclass": ("a pydantic model",),
    "date": ("crd_gen.Date, which reads what the server's `date` format reads",),
    "datetime": ("crd_gen.Time, which reads what the server's `date-time` format reads",),
    "decimal": (
        "Annotated[str, Field(pattern=...)], exact",
        "crd_gen.Quantity, an amount with a unit",
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
        'Literal["a", "b"] for values of one type',
        "one model with every branch optional, and a Rule that allows one",
    ),
    "uuid": ("Annotated[str, Format('uuid')]",),
}
"""Lines for UnmappableError.ways_out."""

_IP = ("Annotated[str, Format('ipv4')], or 'ipv6', 'cidr'",)
_URL = (
    "Annotated[str, Field(pattern='^https://')]",
    "Annotated[str, Format('uri', accepts=...)], the server's check in Python as well",
)
_SECRET = ("a reference to a Secret and its key: an object of the API is no place for a secret",)
WAYS_BY_TYPE: Final[dict[str, tuple[str, ...]]] = {
    "_BaseUrl": _URL,
    "_BaseMultiHostUrl": _URL,
    "_SecretField": _SECRET,
    "Secret": _SECRET,
    "PurePath": ("str",),
    "Path": ("str",),
    "Pattern": ("str, and compile it where it is used",),
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
    "Sequence": ("list[T]",),
    "defaultdict": ("dict[str, T]",),
}
"""The same for types that pydantic builds of functions, by the name of a class of theirs."""


def ways_for(annotation: Any) -> tuple[str, ...]:
    """Find advice for the outermost type in an annotation that needs some; empty if none does."""
    origin = get_origin(annotation) or annotation
    for cls in origin.__mro__ if isinstance(origin, type) else ():
        if ways := WAYS_BY_TYPE.get(cls.__name__):
            return ways
    return next((ways for inner in get_args(annotation) if (ways := ways_for(inner))), ())
