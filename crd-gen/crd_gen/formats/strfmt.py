r"""The API server's string formats in Python (kube-openapi, pkg/validation/strfmt).

The formats uri, email, isbn and creditcard are left out, since Go's own parsers validate them.
"""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator

Accepts = Callable[[str], bool]

_HEX4 = "[0-9a-f]{4}"
# The unescaped dot is kube-openapi's: it matches any character.
_CLOCK = r"([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))\Z"
_GO_DURATION = r"[-+]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)"
_SCALA_DURATION = r"[0-9]+[\t\n\f\r ]*([A-Za-zµ]+)"
_SCALA_UNITS = ("nano", "micro", "milli", "sec", "min", "hour", "day", "week")
_SCALA_SHORT = frozenset(("ns", "us", "µs", "ms", "s", "m", "h", "hr", "d", "w", "wk"))
_COLOR_PART = r"[\t\n\f\r ]*(0|[1-9][0-9]?|1[0-9][0-9]?|2[0-4][0-9]|25[0-5])[\t\n\f\r ]*"
_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_HOSTNAME = (
    r"^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)"
    r"|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}"
    r"([a-zA-Z\p{L}]){2,63})$"
)


def is_date(text: str) -> bool:
    """Validate `date`: an RFC 3339 full-date, `2026-03-17`."""
    try:
        return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) and _day(text))
    except ValueError:
        return False


def is_date_time(text: str) -> bool:
    """Validate `date-time`: RFC 3339 with a zone, in upper or lower case, without leap seconds."""
    day, *clocks = text.lower().split("t")
    if not clocks or not is_date(day):
        return False
    found = re.match(_CLOCK, clocks[0])
    return bool(found and found[1] <= "23" and found[2] <= "59" and found[3] <= "59")


def _day(text: str) -> bool:
    year, month, day = (int(part) for part in text.split("-"))
    # Go's calendar has a year 0, a leap year like 2000; Python's starts with 1.
    datetime.date(year or 2000, month, day)
    return True


def _is_duration(text: str) -> bool:
    """Validate `duration`: a Go duration, or any text that contains a number with a unit of Scala's."""
    if re.fullmatch(_GO_DURATION, text):
        return True
    units = [found[1].lower() for found in re.finditer(_SCALA_DURATION, text)]
    return any(unit in _SCALA_SHORT or unit.startswith(_SCALA_UNITS) for unit in units)


def _is_ip(text: str) -> bool:
    """Parse as netutils.ParseIPSloppy does, which ignores leading zeros."""
    normalized = re.sub(r"(?<![0-9A-Fa-f:.])0+(?=[0-9]+\.)|(?<=\.)0+(?=[0-9])", "", text)
    try:
        ipaddress.ip_address(normalized)
    except ValueError:
        return False
    return "%" not in text


def _is_cidr(text: str) -> bool:
    address, slash, size = text.partition("/")
    largest = 128 if ":" in address else 32
    return bool(slash and _is_ip(address) and re.fullmatch("[0-9]{1,3}", size) and int(size) <= largest)


def _is_hostname(text: str) -> bool:
    octets = [len(part.encode()) for part in text.split(".")]
    return _hostname().isinstance_python(text) and len(text.encode()) <= 255 and max(octets) <= 63  # noqa: PLR2004


@lru_cache
def _hostname() -> SchemaValidator:
    """Compile on first use with Rust's engine: Python's has no Unicode categories."""
    from pydantic_core import SchemaValidator, core_schema  # noqa: PLC0415 - most definitions need none of it

    return SchemaValidator(core_schema.str_schema(pattern=_HOSTNAME))


def _fullmatch(pattern: str, flags: int = 0, max_length: int = 2**31) -> Accepts:
    # Compiled on first use: most models need none of them.
    return lambda text: len(text) <= max_length and re.fullmatch(pattern, text, flags | re.ASCII) is not None


def _uuid(third: str, fourth: str) -> Accepts:
    return _fullmatch(f"[0-9a-f]{{8}}-?{_HEX4}-?{third}-?{fourth}-?[0-9a-f]{{12}}", re.IGNORECASE)


_MAC_PAIRS = "|".join(rf"[0-9a-f]{{2}}({mark}[0-9a-f]{{2}}){{{n}}}" for mark in ":-" for n in (5, 7, 19))
_MAC_FOURS = "|".join(rf"[0-9a-f]{{4}}(\.[0-9a-f]{{4}}){{{n}}}" for n in (2, 3, 9))

ACCEPTS: Final[dict[str, Accepts]] = {
    "date": is_date,
    "datetime": is_date_time,
    "duration": _is_duration,
    "ipv4": lambda text: "." in text and _is_ip(text),
    "ipv6": lambda text: ":" in text and _is_ip(text),
    "cidr": _is_cidr,
    "hostname": _is_hostname,
    "mac": _fullmatch(f"{_MAC_PAIRS}|{_MAC_FOURS}", re.IGNORECASE),
    "uuid": _uuid(_HEX4, _HEX4),
    "uuid3": _uuid("3[0-9a-f]{3}", _HEX4),
    "uuid4": _uuid("4[0-9a-f]{3}", "[89ab][0-9a-f]{3}"),
    "uuid5": _uuid("5[0-9a-f]{3}", "[89ab][0-9a-f]{3}"),
    "byte": _fullmatch("([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})"),
    "password": lambda _text: True,
    "bsonobjectid": _fullmatch("[0-9a-fA-F]{24}"),
    "ssn": _fullmatch("[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}"),
    "hexcolor": _fullmatch("#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})"),
    "rgbcolor": _fullmatch(rf"rgb\({_COLOR_PART},{_COLOR_PART},{_COLOR_PART}\)"),
    "k8sshortname": _fullmatch(_LABEL, max_length=63),
    "k8slongname": _fullmatch(rf"{_LABEL}(\.{_LABEL})*", max_length=253),
}
"""Validators by the name of the format without dashes, as the server looks it up."""
