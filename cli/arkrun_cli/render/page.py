"""A run as one HTML page without scripts or external resources, to be mailed or stored as an artifact."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from arkrun_cli.errors import BadInputError, file_error
from arkrun_cli.render.formats import format_json
from arkrun_cli.render.graph import svg
from arkrun_cli.render.markup import escape
from arkrun_cli.render.terminal import print_message, write_result
from arkrun_cli.run_view import RunView, StepView, TokenUsage
from arkrun_cli.times import elapsed, format_duration, format_start

Json = dict[str, Any]

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: light-dark(#666, #aaa); --Succeeded: #25784a;
  --Failed: #c62f2f; --Running: #1f6fbf; --Pending: #6e6e6e; --Skipped: #8a8a8a; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
.badge { color: #fff; border-radius: 1rem; padding: .1rem .7rem; font-size: .9rem; vertical-align: middle; }
.facts { color: var(--soft); margin: .3rem 0 0; } .note { color: light-dark(#7a5600, #e0b040); }
.altered { color: light-dark(#b3261e, #ff7b72); font-weight: 600; }
figure { margin: 1.5rem 0; overflow: auto; max-height: 80vh; } .scroll { overflow-x: auto; }
textarea { width: 100%; height: 24rem; box-sizing: border-box; font: 12px/1.4 monospace; }
td, th, h1, h2, summary { overflow-wrap: anywhere; } @media print { svg { max-width: 100%; height: auto; } }
.edge { fill: none; stroke: var(--soft); stroke-width: 1.5; }
.box rect { fill: Canvas; stroke-width: 2; stroke: var(--Pending); }
.box text { fill: currentColor; font-size: 13px; } .box .phase { font-size: 11px; fill: var(--soft); }
table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: 600; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
.number { text-align: right; white-space: nowrap; } th:first-child, td:first-child { min-width: 7rem; }
.input td { white-space: pre-wrap; } .input th { vertical-align: top; }
.track { position: relative; height: 1rem; min-width: 16rem; } td.time { width: 45%; }
.bar { position: absolute; top: 0; height: 100%; min-width: 3px; border-radius: 3px; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: 6px;
  padding: .7rem 1rem; margin: .4rem 0; }
@media (max-width: 40rem) { body { margin: 1rem auto; padding: 0 .8rem; } .track { min-width: 6rem; }
  th, td { padding: .3rem; } } summary { cursor: pointer; }
"""
PHASES = ("Succeeded", "Failed", "Running", "Pending", "Skipped")


def write_page(run: RunView, now: datetime, file: Path, raw: Json | None = None, seal: str = "") -> None:
    """Write the page to `file`, or to stdout for `-`. Raises BadInputError if it cannot be written."""
    text = render_page(run, now, raw, seal)
    if str(file) == "-":
        write_result(text)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInputError(f"cannot write --web {file}: {file_error(error)}") from error
    print_message(f"wrote {file}")


def render_page(run: RunView, now: datetime, raw: Json | None = None, seal: str = "") -> str:
    """Return the page as of `now`; `raw` is the run as the API server sent it, `seal` what its seals say."""
    colours = "".join(
        f".badge.{phase}, .bar.{phase} {{ background: var(--{phase}) }}\n"
        f".box.{phase} rect {{ stroke: var(--{phase}) }}\n"
        for phase in PHASES
    )
    body = "\n".join([*_body(run, now, seal), *_raw(raw)])
    # Outputs of agents are escaped; the policy also blocks markup that an escape would have missed.
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(run.name)}: {escape(run.phase)}</title>"
        f"<style>{STYLE}{colours}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _body(run: RunView, now: datetime, seal: str) -> Iterator[str]:
    phase = escape(run.phase)
    yield f'<h1>{escape(run.name)} <span class="badge {phase}">{phase}</span></h1>'
    yield f'<p class="facts">{escape(_facts(run, now))}</p>'
    yield _seal(seal)
    if run.steps:
        yield f"<figure>{svg(run.steps)}</figure>"
        yield '<h2>Time and tokens</h2><div class="scroll">'
        yield from _table(run, now)
        yield "</div>"
    if note := run.token_note():
        yield f'<p class="note">{escape(note)}</p>'
    if run.phase == "Failed" and not run.failures:
        yield f"<h2>Failure</h2><pre>{escape(run.message)}</pre>"
    for step in run.failures:
        yield f"<h2>{escape(step.name)} failed</h2><pre>{escape(step.message)}</pre>"
    if run.output:
        yield f"<h2>Output</h2><pre>{escape(_readable(run.output))}</pre>"
    if run.input:
        pairs = "".join(f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in run.input.items())
        yield f'<h2>Input</h2><div class="scroll"><table class="input">{pairs}</table></div>'
    if any(step.output for step in run.steps):
        yield "<h2>Outputs of the steps</h2>"
    for step in run.steps:
        if step.output:
            title = f"<summary>{escape(step.name)}</summary>"
            yield f"<details>{title}<pre>{escape(_readable(step.output))}</pre></details>"


def _readable(output: str) -> str:
    """Return an output that is JSON with indentation, any other as it is."""
    if not output.lstrip().startswith(("{", "[")):
        return output
    try:
        return json.dumps(json.loads(output), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return output


def _raw(raw: Json | None) -> Iterator[str]:
    if raw is not None:
        # A text area needs no script to be selected and copied as a whole.
        text = escape(format_json(raw))
        yield "<h2>Record</h2><details><summary>JSON</summary>"
        yield f'<textarea readonly aria-label="the record as JSON">{text}</textarea></details>'


def _seal(seal: str) -> str:
    kind = "altered" if seal.startswith("altered") else "facts"
    return f'<p class="{kind}">seal: {escape(seal)}</p>' if seal else ""


def _facts(run: RunView, now: datetime) -> str:
    return (
        f"team {run.team}, generation {run.generation} · namespace {run.namespace} · "
        f"{format_start(run.start)} · {format_duration(elapsed(run.start, run.end, now))}"
    )


def _table(run: RunView, now: datetime) -> Iterator[str]:
    titles = "".join(f'<th class="number">{title}</th>' for title in ("Time", "Tokens", "In", "Out"))
    yield f"<table><tr><th>Step</th><th>Timeline</th>{titles}</tr>"
    for step in run.steps:
        duration = format_duration(elapsed(step.start, step.end or (run.end if run.finished else None), now))
        yield (
            f'<tr><td>{escape(step.name)}</td><td class="time">{_bar(run, step, now)}</td>'
            f'<td class="number">{duration}</td>{_usage(step.usage)}</tr>'
        )
    duration = format_duration(elapsed(run.start, run.end, now))
    yield f'<tr><th>Total</th><td></td><td class="number">{duration}</td>{_usage(run.usage)}</tr></table>'


def _usage(usage: TokenUsage | None) -> str:
    counts = (
        ("-",) * 3 if usage is None else (f"{count:,}" for count in (usage.total, usage.input, usage.output))
    )
    return "".join(f'<td class="number">{count}</td>' for count in counts)


def _bar(run: RunView, step: StepView, now: datetime) -> str:
    if step.start is None or run.start is None:
        return ""
    total = max((run.end or now) - run.start, timedelta(seconds=1))
    left = max(0.0, min(99.0, 100 * ((step.start - run.start) / total)))
    width = max(0.0, min(100 - left, 100 * (((step.end or run.end or now) - step.start) / total)))
    style = f"left:{left:.1f}%;width:{width:.1f}%"
    return f'<div class="track"><div class="bar {escape(step.phase)}" style="{style}"></div></div>'
