"""Scalar types that several objects share, with their bounds."""

import re
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from arkrun_crd.durations import GO_DURATION, is_go_duration
from arkrun_crd.names import LABEL_VALUE_MAX
from crd_gen import Int64, Node, PreserveUnknown, Rule, Time

MEGABYTE = 1_048_576
"""In characters; close to the size of the largest object that etcd stores."""

# Any JSON, for fields whose type depends on the version of the operator.
Anything = Annotated[Any, PreserveUnknown()]

# DNS-1123 subdomain (apimachinery, validation.go) that is short enough for a label's value.
TeamName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LABEL_VALUE_MAX,
        pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    ),
]
Name = Annotated[str, Field(min_length=1, max_length=253)]
# A word of a set that newer operators may extend.
Word = Annotated[str, Field(max_length=64)]
Line = Annotated[str, Field(max_length=4096)]
Document = Annotated[str, Field(max_length=MEGABYTE)]
Count = Annotated[Int64, Field(ge=0)]

_GO_TIME = re.compile(r"[-0-9]{10}T[:0-9]{8}([.,][0-9]+)?(Z|[+-]([0-9]{2}):([0-9]{2}))")


def _is_go_time(text: str) -> bool:
    """Return True if Go's time.Parse accepts a text that the format date-time accepts."""
    match = _GO_TIME.fullmatch(text)
    return bool(match and (match[2] == "Z" or (match[3] <= "24" and match[4] <= "60")))


# The format alone accepts a list (kube-openapi, validate/type.go) or a lower-case t, and one such run breaks
# every Go client that lists runs. Any rule refuses both, because it has to parse the value.
Moment = Annotated[
    Time, Rule("self == self", "must be one RFC 3339 time, as 2026-03-17T10:00:00Z", accepts=_is_go_time)
]

# metav1.Duration. CEL's duration() is Go's time.ParseDuration, so it also knows the range.
Duration = Annotated[
    str,
    Field(max_length=64, pattern=GO_DURATION),
    Rule(
        "duration(self) == duration(self)",
        "must be a Go duration of at most 292 years, such as 168h or 1h30m",
        accepts=is_go_duration,
    ),
]


class Open(Node):
    """Base of objects that keep unknown fields, which newer operators add."""

    model_config = ConfigDict(extra="allow")
