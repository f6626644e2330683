"""`ark diff`: what changed from one run to another."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any, NamedTuple

from arkrun_cli.cluster import Cluster
from arkrun_cli.commands.newest import list_runs, newest_run, select_newest
from arkrun_cli.errors import NoRunError
from arkrun_cli.render.formats import format_json
from arkrun_cli.render.terminal import print_message, print_result, sanitize, sanitize_line
from arkrun_cli.run_view import RunView, StepView
from arkrun_cli.times import format_duration, took
from arkrun_cli.values import as_object, as_objects, as_text

Json = dict[str, Any]

# By which member an entry of a list is found in the other run; other lists are compared as wholes.
KEYS = {"pipeline": "role", "roles": "name"}
MISSING = None


class Difference(NamedTuple):
    """One field that differs; None stands for an absent value."""

    path: str
    before: Any
    after: Any


async def print_diff(cluster: Cluster, a: str | None, b: str | None, *, last: bool, as_json: bool) -> None:
    """Compare two runs, and print what differs.

    Without `b`, run `a` is compared with the newest run of its team. With `last`, `a` is a team, whose newest
    run is compared with the last one that Succeeded before it. Raises NoRunError and KubeError.
    """
    before, after = await _choose(cluster, a, b, last=last)
    changes = list(differences(before, after))
    if as_json:
        print_result(format_json([each._asdict() for each in changes]))
        return
    print_message(f"{_title(before)} -> {_title(after)}")
    if not changes:
        print_message("no differences")
    for each in changes:
        print_result(format_difference(each))


async def _choose(cluster: Cluster, a: str | None, b: str | None, *, last: bool) -> tuple[Json, Json]:
    if not last and a is not None:
        before = await cluster.get_run(a)
        return before, await cluster.get_run(b or await newest_run(cluster, _team(before)))
    after = await cluster.get_run(await newest_run(cluster, a or ""))
    name, team = after["metadata"]["name"], _team(after)
    good = [run for run in await list_runs(cluster, team, "status.phase=Succeeded") if run.name != name]
    if not good:
        raise NoRunError(f"arkteam {team} has no other run that Succeeded: compare two runs by name")
    return await cluster.get_run(select_newest(good, team, cluster.namespace)), after


def differences(before: Json, after: Json) -> Iterator[Difference]:
    """Yield what differs: the snapshot and the input field by field, then phases, outputs and tokens."""
    yield from _compare(_described(before), _described(after), "")


def _described(run: Json) -> Json:
    """Return the fields to compare: the spec as it is, and of the status what a reader compares."""
    view, spec = RunView.read(run), as_object(run.get("spec"))
    entries = {
        key: {as_text(entry.get(name)): entry for entry in as_objects(spec[key])}
        for key, name in KEYS.items()
        if isinstance(spec.get(key), list)
    }
    status = {
        "phase": view.phase,
        "message": view.message or MISSING,
        "time": _time(view),
        "steps": {step.name: _described_step(step) for step in view.steps},
        "output": view.output or MISSING,
        "tokens": view.usage and view.usage.total,
    }
    return {"spec": {**spec, **entries}, "status": status}


def _described_step(step: StepView) -> Json:
    return {
        "phase": step.phase,
        "message": step.message or MISSING,
        "time": _time(step),
        "iterations": step.iterations or MISSING,
        "output": step.output or MISSING,
        "tokens": step.usage and step.usage.total,
    }


def _time(view: RunView | StepView) -> str | None:
    time = took(view.start, view.end)
    return None if time is None else format_duration(time)


def _compare(before: Any, after: Any, path: str) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in {**before, **after}:
            yield from _compare(before.get(key), after.get(key), _join(path, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _compare(old, new, f"{path}[{index}]")
    elif before != after:
        yield Difference(path, before, after)


def _join(path: str, key: str) -> str:
    part = f'["{key}"]' if not key or "." in key or "[" in key else key
    return f"{path}{part}" if not path or part.startswith("[") else f"{path}.{part}"


def format_difference(difference: Difference) -> str:
    """Format a difference on one line, or as changed lines if a value has several."""
    before, after = (_text(each) for each in (difference.before, difference.after))
    path = sanitize_line(difference.path)
    if "\n" not in f"{before}{after}":
        return f"{path}: {before} -> {after}"
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    return "\n".join([f"{path}:", *(f"  {line}" for line in list(lines)[2:])])


def _text(value: Any) -> str:
    return "(none)" if value is MISSING else sanitize(as_text(value))


def _title(run: Json) -> str:
    view = RunView.read(run)
    return f"{view.name} ({view.phase}, team generation {view.generation})"


def _team(run: Json) -> str:
    return as_text(as_object(run.get("spec")).get("teamRef"))
