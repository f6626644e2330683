"""Scalars that several objects share, with their bounds."""

import re
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from arkrun_crd.names import LABEL_VALUE_MAX
from crd_gen import Int64, Node, PreserveUnknown, Rule, Time

MEGABYTE = 1_048_576
"""Characters: near to what etcd stores in one object, so a bound that only nonsense meets."""

# Any JSON: the operators do not agree on its shape, or may change it.
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
Line = Annotated[str, Field(max_length=4096)]
Text = Annotated[str, Field(max_length=262_144)]
Document = Annotated[str, Field(max_length=MEGABYTE)]
Count = Annotated[Int64, Field(ge=0)]

_GO_TIME = re.compile(r"[-0-9]{10}T[:0-9]{8}([.,][0-9]+)?(Z|[+-]([0-9]{2}):([0-9]{2}))")


def _is_go_time(text: str) -> bool:
    """Tell whether Go's time.Parse reads what the format date-time has let pass."""
    found = _GO_TIME.fullmatch(text)
    return bool(found and (found[2] == "Z" or (found[3] <= "24" and found[4] <= "60")))


# The format alone lets a list pass (kube-openapi, validate/type.go), or a small t, and one run with
# either breaks every client in Go that lists them. A rule reads the value, so any rule refuses both.
Moment = Annotated[
    Time, Rule("self == self", "must be one RFC 3339 time, as 2026-03-17T10:00:00Z", accepts=_is_go_time)
]

# What time.ParseDuration of Go reads (168h, 1h30m, 1.5h), and days (7d).
Duration = Annotated[
    str,
    Field(max_length=64, pattern=r"^[-+]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h|d))+)$"),
]


class Open(Node):
    """An object that keeps fields this version does not know: newer operators add some at any time."""

    model_config = ConfigDict(extra="allow")
