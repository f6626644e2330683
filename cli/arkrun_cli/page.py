"""A record as one HTML page: no script, nothing fetched, so it can be mailed or kept as an artifact."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import escape
from pathlib import Path

from arkrun_cli.errors import BadInputError, reason
from arkrun_cli.graph import svg
from arkrun_cli.record import Record, Step, Usage, human, lasted
from arkrun_cli.terminal import say

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: light-dark(#666, #aaa); --Succeeded: #2e8b57;
  --Failed: #d33a3a; --Running: #2a7fd4; --Pending: #9a9a9a; --Skipped: #b9b9b9; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
.badge { color: #fff; border-radius: 1rem; padding: .1rem .7rem; font-size: .9rem; vertical-align: middle; }
.facts { color: var(--soft); margin: .3rem 0 0; } .note { color: #b8860b; }
figure { margin: 1.5rem 0; overflow-x: auto; } @media print { svg { max-width: 100%; height: auto; } }
.edge { fill: none; stroke: var(--soft); stroke-width: 1.5; }
.box rect { fill: transparent; stroke-width: 2; stroke: var(--Pending); }
.box text { fill: currentColor; font-size: 13px; } .box .phase { font-size: 11px; fill: var(--soft); }
table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: 600; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); } .number { text-align: right; }
.track { position: relative; height: 1rem; min-width: 16rem; } td.time { width: 45%; }
.bar { position: absolute; top: 0; height: 100%; min-width: 3px; border-radius: 3px; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: 6px;
  padding: .7rem 1rem; margin: .4rem 0; } summary { cursor: pointer; }
"""
PHASES = ("Succeeded", "Failed", "Running", "Pending", "Skipped")


def written(record: Record, now: datetime, file: Path) -> None:
    """Write the page to `file`, or to stdout for `-`. Raises BadInputError when it cannot be written."""
    text = page(record, now)
    if str(file) == "-":
        sys.stdout.write(text)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInputError(f"--web {file} cannot be written: {reason(error)}") from error
    say(f"wrote {file}")


def page(record: Record, now: datetime) -> str:
    """Render the whole page as of `now`."""
    colours = "".join(
        f".badge.{phase}, .bar.{phase} {{ background: var(--{phase}) }}\n"
        f".box.{phase} rect {{ stroke: var(--{phase}) }}\n"
        for phase in PHASES
    )
    # Whatever an agent wrote into its output, this page runs nothing and asks nobody.
    body = "\n".join(_body(record, now))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(record.name)}: {escape(record.phase)}</title>"
        f"<style>{STYLE}{colours}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _body(record: Record, now: datetime) -> Iterator[str]:
    phase = escape(record.phase)
    yield f'<h1>{escape(record.name)} <span class="badge {phase}">{phase}</span></h1>'
    yield f'<p class="facts">{escape(_facts(record, now))}</p>'
    if record.steps:
        yield f"<figure>{svg(record.steps)}</figure>"
        yield "<h2>Time and tokens</h2>"
        yield from _table(record, now)
    if note := record.token_note():
        yield f'<p class="note">{escape(note)}</p>'
    if record.phase == "Failed" and not record.failures:
        yield f"<h2>Failure</h2><pre>{escape(record.message)}</pre>"
    for step in record.failures:
        yield f"<h2>{escape(step.name)} failed</h2><pre>{escape(step.message)}</pre>"
    if record.output:
        yield f"<h2>Output</h2><pre>{escape(record.output)}</pre>"
    if record.input:
        pairs = "".join(f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in record.input.items())
        yield f"<h2>Input</h2><table>{pairs}</table>"
    if any(step.output for step in record.steps):
        yield "<h2>Outputs of the steps</h2>"
    for step in record.steps:
        if step.output:
            title = f"<summary>{escape(step.name)}</summary>"
            yield f"<details>{title}<pre>{escape(step.output)}</pre></details>"


def _facts(record: Record, now: datetime) -> str:
    started = "not started" if record.start is None else f"started {record.start:%Y-%m-%d %H:%M:%S} UTC"
    return (
        f"team {record.team}, generation {record.generation} · namespace {record.namespace} · {started} · "
        f"{human(lasted(record.start, record.end, now))}"
    )


def _table(record: Record, now: datetime) -> Iterator[str]:
    titles = "".join(f'<th class="number">{title}</th>' for title in ("Time", "Tokens", "In", "Out"))
    yield f"<table><tr><th>Step</th><th>Timeline</th>{titles}</tr>"
    for step in record.steps:
        took = human(lasted(step.start, step.end or (record.end if record.over else None), now))
        yield (
            f'<tr><td>{escape(step.name)}</td><td class="time">{_bar(record, step, now)}</td>'
            f'<td class="number">{took}</td>{_usage(step.usage)}</tr>'
        )
    took = human(lasted(record.start, record.end, now))
    yield f'<tr><th>Total</th><td></td><td class="number">{took}</td>{_usage(record.usage)}</tr></table>'


def _usage(usage: Usage | None) -> str:
    counts = ("-",) * 3 if usage is None else (usage.total, usage.given, usage.made)
    return "".join(f'<td class="number">{count}</td>' for count in counts)


def _bar(record: Record, step: Step, now: datetime) -> str:
    if step.start is None or record.start is None:
        return ""
    whole = max((record.end or now) - record.start, timedelta(seconds=1))
    left = max(0.0, min(99.0, 100 * ((step.start - record.start) / whole)))
    width = min(100 - left, 100 * (((step.end or record.end or now) - step.start) / whole))
    place = f"left:{left:.1f}%;width:{width:.1f}%"
    return f'<div class="track"><div class="bar {escape(step.phase)}" style="{place}"></div></div>'
