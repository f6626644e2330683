"""A report on the Secret, the configurations and the servers, as a table or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from arkrun_certs.cluster.configuration import Reference, WebhookConfiguration
from arkrun_certs.cluster.state_store import Snapshot
from arkrun_certs.errors import EndpointError
from arkrun_certs.pki.x509 import Certificate, fingerprint, is_valid, name_of, names_in
from arkrun_certs.rotation.state import State
from arkrun_certs.tools.endpoint import Handshake

__all__ = ["Row", "as_json", "as_table", "endpoint_rows", "fits", "status_rows"]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the report; `trouble` says what is inconsistent, and is empty otherwise."""

    what: str
    detail: str
    ends: datetime | None = None
    sha256: str = ""
    trouble: str = ""


def status_rows(
    secret: str,
    snapshot: Snapshot,
    references: Iterable[Reference],
    configurations: Sequence[WebhookConfiguration],
    now: datetime,
) -> list[Row]:
    """Compare the Secret with what the configurations trust."""
    by_reference = {each.reference: each for each in configurations}
    return [
        *_secret_rows(secret, snapshot, now),
        *(_configuration_row(each, by_reference.get(each), snapshot) for each in references),
    ]


def endpoint_rows(
    results: Iterable[Handshake | EndpointError], expected: Certificate | None = None
) -> list[Row]:
    """Compare the leaf that each server presents with the `expected` one, if given."""
    return [_endpoint_row(each, expected) for each in results]


def fits(rows: Iterable[Row]) -> bool:
    """Return True if no row is inconsistent."""
    return not any(row.trouble for row in rows)


def as_json(rows: Iterable[Row], now: datetime) -> dict[str, Any]:
    """Return the rows as a JSON object, with ISO 8601 times and `daysLeft` as a number."""
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
    """Format the rows as aligned columns."""
    header = ("WHAT", "DETAIL", "ENDS", "DAYS LEFT", "SHA256", "FITS")
    lines = [header, *(_cells(row, now) for row in rows)]
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


def _secret_rows(secret: str, snapshot: Snapshot, now: datetime) -> Iterable[Row]:
    if snapshot.certificates is None:
        yield Row(secret, "", trouble=snapshot.problem)
        return
    leaf = snapshot.certificates.pair.leaf
    dns, addresses = names_in(leaf)
    yield _certificate_row(
        secret, f"leaf {', '.join((*dns, *map(str, addresses))) or 'without names'}", leaf, now
    )
    if snapshot.state is None:
        for each in snapshot.certificates.trusted:
            yield _certificate_row(secret, "CA, managed by another tool", each, now)
    else:
        yield from _authority_rows(secret, snapshot.state, now)


def _authority_rows(secret: str, state: State, now: datetime) -> Iterable[Row]:
    yield _certificate_row(secret, "CA, signing", state.authority.certificate, now)
    if state.upcoming:
        phase = "settling" if state.published else "being published"
        yield _certificate_row(secret, f"CA, upcoming, {phase}", state.upcoming.certificate, now)
    for each in state.retired:
        until = f"CA, retired, trusted until {each.until:%Y-%m-%d %H:%M}"
        yield _certificate_row(secret, until, each.certificate, now)


def _certificate_row(what: str, detail: str, certificate: Certificate, now: datetime) -> Row:
    trouble = "" if is_valid(certificate, now) else "not valid now"
    return Row(what, detail, certificate.not_valid_after_utc, fingerprint(certificate), trouble)


def _configuration_row(
    reference: Reference, configuration: WebhookConfiguration | None, snapshot: Snapshot
) -> Row:
    if configuration is None:
        return Row(str(reference), "", trouble="does not exist")
    counts = (_count(len(configuration.bundles), "webhook"), _count(len(configuration.trusted()), "CA"))
    detail = f"{', '.join(counts)} trusted"
    expected = snapshot.certificates.trusted if snapshot.certificates else ()
    missing = [each for each in expected if not configuration.trusts((each,))]
    if missing:
        return Row(str(reference), detail, trouble=f"does not trust {', '.join(map(name_of, missing))}")
    if snapshot.state and not configuration.has_bundle(snapshot.state.bundle):
        return Row(str(reference), detail, trouble="trusts more than the Secret says")
    return Row(str(reference), detail)


def _count(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _endpoint_row(result: Handshake | EndpointError, expected: Certificate | None) -> Row:
    if isinstance(result, EndpointError):
        return Row("endpoint", "", trouble=str(result))
    leaf = result.leaf
    return Row(
        f"endpoint {result.endpoint}",
        f"{result.protocol} {result.cipher}",
        leaf.not_valid_after_utc,
        fingerprint(leaf),
        "" if expected in (None, leaf) else "serves another leaf than the Secret's",
    )
