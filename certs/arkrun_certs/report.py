"""Whether what is served, kept and trusted fits together, as rows for people and programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from arkrun_certs.endpoint import Presented
from arkrun_certs.errors import EndpointError
from arkrun_certs.inject import Live, Reference
from arkrun_certs.state import State
from arkrun_certs.store import Stored
from arkrun_certs.x509 import Certificate, alive, fingerprint, name_of, names_in

__all__ = ["Row", "as_json", "as_table", "fits", "presented_rows", "rows_of"]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was looked at; `trouble` is empty when it fits to the others."""

    what: str
    detail: str
    ends: datetime | None = None
    sha256: str = ""
    trouble: str = ""


def rows_of(
    secret: str,
    stored: Stored,
    references: Iterable[Reference],
    lives: Sequence[Live],
    now: datetime,
) -> list[Row]:
    """Hold the Secret and what the configurations trust against each other."""
    found = {each.reference: each for each in lives}
    return [
        *_kept(secret, stored, now),
        *(_configuration(each, found.get(each), stored) for each in references),
    ]


def presented_rows(
    presented: Iterable[Presented | EndpointError], expected: Certificate | None = None
) -> list[Row]:
    """Show what servers present, each the `expected` leaf if there is one."""
    return [_endpoint(each, expected) for each in presented]


def fits(rows: Iterable[Row]) -> bool:
    """Whether nothing is in trouble."""
    return not any(row.trouble for row in rows)


def as_json(rows: Iterable[Row], now: datetime) -> dict[str, Any]:
    """Give the rows as a JSON object; times in ISO 8601, `daysLeft` as a number."""
    rows = list(rows)
    return {
        "fits": fits(rows),
        "items": [
            {
                **asdict(row),
                "ends": row.ends.isoformat() if row.ends else None,
                "daysLeft": _days(row.ends, now) if row.ends else None,
            }
            for row in rows
        ],
    }


def as_table(rows: Iterable[Row], now: datetime) -> str:
    """Lay the rows out in columns."""
    head = ("WHAT", "DETAIL", "ENDS", "DAYS LEFT", "SHA256", "FITS")
    lines = [head, *(_cells(row, now) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cells(row: Row, now: datetime) -> tuple[str, ...]:
    ends = f"{row.ends:%Y-%m-%d %H:%M}" if row.ends else "-"
    days = f"{_days(row.ends, now)}" if row.ends else "-"
    return (row.what, row.detail, ends, days, row.sha256[:16] or "-", row.trouble or "yes")


def _days(moment: datetime, now: datetime) -> float:
    return round((moment - now).total_seconds() / 86400, 1)


def _kept(secret: str, stored: Stored, now: datetime) -> Iterable[Row]:
    if stored.found is None:
        yield Row(secret, "", trouble=stored.problem)
        return
    leaf = stored.found.pair.leaf
    dns, addresses = names_in(leaf)
    yield _certificate(
        secret, f"leaf {', '.join((*dns, *map(str, addresses))) or 'without names'}", leaf, now
    )
    if stored.state is None:
        for each in stored.found.trusted:
            yield _certificate(secret, "CA, kept by others", each, now)
    else:
        yield from _authorities(secret, stored.state, now)


def _authorities(secret: str, state: State, now: datetime) -> Iterable[Row]:
    yield _certificate(secret, "CA, signing", state.authority.certificate, now)
    if state.upcoming:
        phase = "settling" if state.published else "being published"
        yield _certificate(secret, f"CA, to come, {phase}", state.upcoming.certificate, now)
    for each in state.retired:
        until = f"CA, retired, trusted until {each.until:%Y-%m-%d %H:%M}"
        yield _certificate(secret, until, each.certificate, now)


def _certificate(what: str, detail: str, certificate: Certificate, now: datetime) -> Row:
    trouble = "" if alive(certificate, now) else "not valid now"
    return Row(what, detail, certificate.not_valid_after_utc, fingerprint(certificate), trouble)


def _configuration(reference: Reference, live: Live | None, stored: Stored) -> Row:
    if live is None:
        return Row(str(reference), "", trouble="does not exist")
    detail = f"{_counted(len(live.bundles), 'webhook')}, {_counted(len(live.trusted()), 'CA')} trusted"
    lacking = [each for each in stored.found.trusted if not live.trusts((each,))] if stored.found else []
    if lacking:
        return Row(str(reference), detail, trouble=f"does not trust {', '.join(map(name_of, lacking))}")
    if stored.state and not live.holds(stored.state.bundle):
        return Row(str(reference), detail, trouble="trusts more than the Secret says")
    return Row(str(reference), detail)


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _endpoint(presented: Presented | EndpointError, expected: Certificate | None) -> Row:
    if isinstance(presented, EndpointError):
        return Row("endpoint", "", trouble=str(presented))
    leaf = presented.leaf
    fitting = expected is None or leaf == expected
    return Row(
        f"endpoint {presented.endpoint}",
        f"{presented.protocol} {presented.cipher}",
        leaf.not_valid_after_utc,
        fingerprint(leaf),
        "" if fitting else "serves another leaf than the Secret's",
    )
