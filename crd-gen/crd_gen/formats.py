"""Field types that read exactly what the API server's formats read (kube-openapi, pkg/validation/strfmt)."""

import datetime
import re
from typing import Annotated

from pydantic import Field

from crd_gen.markers import Format

Int32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1), Format("int32")]
Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1), Format("int64")]

# The dot is any character there too.
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))\Z")


def is_date(text: str) -> bool:
    """Judge as the `date` format does: RFC 3339 full-date, `2026-03-17`."""
    try:
        return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) and _day(text))
    except ValueError:
        return False


def is_date_time(text: str) -> bool:
    """Judge as the `date-time` format does: RFC 3339 with a zone, upper or lower case, no leap second."""
    day, *clocks = text.lower().split("t")
    if not clocks or not is_date(day):
        return False
    found = _CLOCK.match(clocks[0])
    return bool(found and found[1] <= "23" and found[2] <= "59" and found[3] <= "59")


def _day(text: str) -> bool:
    year, month, day = (int(part) for part in text.split("-"))
    # Go's calendar has a year 0, a leap year like 2000; Python's starts with 1.
    datetime.date(year or 2000, month, day)
    return True


Time = Annotated[str, Format("date-time", is_date_time)]
Date = Annotated[str, Format("date", is_date)]
