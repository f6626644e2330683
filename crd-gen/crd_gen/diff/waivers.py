"""Changes that were looked at and accepted: a file that is reviewed like code.

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
    """One accepted change, until a day."""

    definition: str
    path: str
    code: str
    reason: str
    expires: datetime.date
    version: str = ""

    def covers(self, change: Change, today: datetime.date) -> bool:
        """Tell whether the change is accepted today."""
        same = (self.definition, self.path, self.code) == (change.definition, change.path, change.code)
        return same and self.version in ("", change.version) and today <= self.expires


def load(file: Path) -> list[Waiver]:
    """Read a waiver file. Raises ProjectError for one that gives no reason or no day."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ProjectError(f"{file}: {error}") from error
    return [
        _waiver(entry, f"{file}: waiver {number}")
        for number, entry in enumerate(document.get("waiver", ()), 1)
    ]


def split(
    changes: list[Change], waivers: list[Waiver], today: datetime.date
) -> tuple[list[Change], list[tuple[Change, Waiver]]]:
    """Part the changes into those that count and those that are waived."""
    counted, waived = [], []
    for change in changes:
        waiver = next((waiver for waiver in waivers if waiver.covers(change, today)), None)
        if waiver:
            waived.append((change, waiver))
        else:
            counted.append(change)
    return counted, waived


def idle(waivers: list[Waiver], waived: list[tuple[Change, Waiver]], today: datetime.date) -> list[str]:
    """Say of each waiver that covered nothing why, so that the file stays short."""
    used = [waiver for _, waiver in waived]
    return [
        f"waiver of {waiver.definition} {waiver.path} [{waiver.code}] "
        + (f"expired on {waiver.expires}" if waiver.expires < today else "covers no change: remove it")
        for waiver in waivers
        if waiver not in used
    ]


def _waiver(entry: dict[str, object], where: str) -> Waiver:
    needed = FIELDS - {"version"}
    if missing := sorted(needed - entry.keys()):
        raise ProjectError(f"{where} lacks {', '.join(missing)}")
    if unknown := sorted(entry.keys() - FIELDS):
        raise ProjectError(f"{where} has {', '.join(unknown)}; known: {', '.join(sorted(FIELDS))}")
    if not isinstance(entry["expires"], datetime.date):
        raise ProjectError(f"{where}: expires must be a date, 2027-01-31 without quotes")
    texts = {name: str(value) for name, value in entry.items() if name != "expires"}
    if not texts["reason"].strip():
        raise ProjectError(f"{where} gives no reason")
    return Waiver(**texts, expires=entry["expires"])
