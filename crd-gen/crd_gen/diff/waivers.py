"""Waivers: accepted changes, in a file that is reviewed like code.

[[waiver]]
definition = "widgets.example.com"   # path and code as `crd-gen diff` prints them
path = "spec.color"
code = "field-removed"
reason = "never served to anybody"
expires = 2027-01-31
"""

from __future__ import annotations

import datetime
import tomllib
from dataclasses import dataclass
from pathlib import Path

from crd_gen.diff.change import Change
from crd_gen.errors import ProjectError

FIELDS = {"definition", "version", "path", "code", "reason", "expires"}


@dataclass(frozen=True)
class Waiver:
    """An accepted change, until a date."""

    definition: str
    path: str
    code: str
    reason: str
    expires: datetime.date
    version: str = ""

    def covers(self, change: Change, today: datetime.date) -> bool:
        """Return True if the change is accepted on a date."""
        same = (self.definition, self.path, self.code) == (change.definition, change.path, change.code)
        return same and self.version in ("", change.version) and today <= self.expires


def load(file: Path) -> list[Waiver]:
    """Read a waiver file. Raises ProjectError for an invalid one."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProjectError(f"cannot read {file}: {error.strerror or error}") from error
    except ValueError as error:
        raise ProjectError(f"{file}: is not valid TOML: {error}") from error
    entries = document.get("waiver", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ProjectError(f"{file}: waiver is {entries!r}, expected tables: [[waiver]]")
    return [_waiver(entry, f"{file}: waiver {number}") for number, entry in enumerate(entries, 1)]


def split(
    changes: list[Change], waivers: list[Waiver], today: datetime.date
) -> tuple[list[Change], list[tuple[Change, Waiver]]]:
    """Separate the changes that are waived from those that count."""
    counted, waived = [], []
    for change in changes:
        waiver = next((waiver for waiver in waivers if waiver.covers(change, today)), None)
        if waiver:
            waived.append((change, waiver))
        else:
            counted.append(change)
    return counted, waived


def unused(waivers: list[Waiver], waived: list[tuple[Change, Waiver]], today: datetime.date) -> list[str]:
    """Return a message for each waiver that was not used, so that it can be removed."""
    used = [waiver for _, waiver in waived]
    return [
        f"waiver of {waiver.definition} {waiver.path} [{waiver.code}] "
        + (f"expired on {waiver.expires}" if waiver.expires < today else "matches no change: remove it")
        for waiver in waivers
        if waiver not in used
    ]


def _waiver(entry: dict[str, object], where: str) -> Waiver:
    required = FIELDS - {"version"}
    if missing := sorted(required - entry.keys()):
        raise ProjectError(f"{where}: missing {', '.join(missing)}")
    if unknown := sorted(entry.keys() - FIELDS):
        raise ProjectError(f"{where}: unknown {', '.join(unknown)}; known: {', '.join(sorted(FIELDS))}")
    if not isinstance(entry["expires"], datetime.date):
        raise ProjectError(f"{where}: expires must be a date, 2027-01-31 without quotes")
    fields = {name: str(value) for name, value in entry.items() if name != "expires"}
    if not fields["reason"].strip():
        raise ProjectError(f"{where}: reason must not be empty")
    return Waiver(**fields, expires=entry["expires"])
