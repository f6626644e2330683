"""`ark trace`: what the agents did for a task, from the trace that they left."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from arkrun_cli.access import Access
from arkrun_cli.errors import BadInputError, TraceError
from arkrun_cli.render.formats import format_json
from arkrun_cli.render.terminal import print_message, print_result, sanitize_line
from arkrun_cli.run_view import RunView
from arkrun_cli.times import format_precise
from arkrun_cli.traces.backend import LOOKBACK_DAYS, Backend
from arkrun_cli.traces.span import Span, Trace

# An ID of a message in a Redis stream.
_TASK = re.compile(r"\d+-\d+", re.ASCII)


class Task(NamedTuple):
    """A task, and the step that it belongs to if a run was named."""

    id: str
    step: str = ""


class TracedTask(NamedTuple):
    """A task with its traces."""

    task: Task
    traces: list[Trace]


def print_traces(
    named: str | None, access: Access, *, last: bool, steps: Sequence[str], backend: Backend, as_json: bool
) -> None:
    """Look up the traces of a task, or of a run's steps, and print them.

    Raises TraceError if there is none or the backend fails, BadInputError for a step without a task.
    """
    if named and _TASK.fullmatch(named) and not last:
        tasks = [Task(named)]
    else:
        tasks = _tasks_of_run(named, access, last=last, steps=steps)
    traced_tasks = [TracedTask(task, backend.find(task.id)) for task in tasks]
    if as_json:
        print_result(format_json([_as_json(each) for each in traced_tasks]))
    else:
        for each in traced_tasks:
            print_result(format_task(each))
    if not any(each.traces for each in traced_tasks):
        raise TraceError(
            f"the backend has no such trace of the last {LOOKBACK_DAYS} days: it was not sampled, or is gone"
        )


def _tasks_of_run(named: str | None, access: Access, *, last: bool, steps: Sequence[str]) -> list[Task]:
    from arkrun_cli.cluster import Cluster, with_cluster  # noqa: PLC0415 - a task needs no API server
    from arkrun_cli.commands.newest import resolve_run  # noqa: PLC0415

    async def read(cluster: Cluster) -> RunView:
        return RunView.read(await cluster.get_run(await resolve_run(cluster, named, last=last)))

    run = with_cluster(access, read)
    known = {step.name: step for step in run.steps}
    if unknown := [step for step in steps if step not in known]:
        raise BadInputError(
            f"arkrun {run.name} has no step {', '.join(unknown)}; its steps: {', '.join(known)}"
        )
    chosen = [step for step in run.steps if not steps or step.name in steps]
    for step in chosen:
        if not step.task_id:
            print_message(f"step {step.name} has no taskID: it was not submitted to an agent ({step.phase})")
    tasks = [Task(step.task_id, step.name) for step in chosen if step.task_id]
    if not tasks:
        raise TraceError(f"arkrun {run.name} has no task to look up")
    return tasks


def format_task(traced: TracedTask) -> str:
    """Format the traces of a task as trees."""
    task = traced.task
    title = f"{sanitize_line(task.step)}  task {task.id}" if task.step else f"task {task.id}"
    if not traced.traces:
        return f"{sanitize_line(title)}  no trace"
    lines = []
    for trace in traced.traces:
        lines.append(
            f"{sanitize_line(title)}  trace {sanitize_line(trace.id)}  {format_precise(trace.duration)}"
        )
        lines += [f"{'  ' * (depth + 1)}{_format_span(span)}" for depth, span in trace.tree()]
    return "\n".join(lines)


def _format_span(span: Span) -> str:
    tokens = [
        f"{count} tokens {direction}"
        for count, direction in ((span.input_tokens, "in"), (span.output_tokens, "out"))
        if count is not None
    ]
    parts = [
        f"{span.service}: {span.name}" if span.service else span.name,
        format_precise(span.duration),
        *tokens,
        *([f"ERROR: {span.error}"] if span.error else []),
    ]
    return sanitize_line("  ".join(parts))


def _as_json(traced: TracedTask) -> dict[str, Any]:
    return {
        "task": traced.task.id,
        "step": traced.task.step or None,
        "traces": [
            {"traceID": trace.id, "spans": [_span_as_json(span, depth) for depth, span in trace.tree()]}
            for trace in traced.traces
        ],
    }


def _span_as_json(span: Span, depth: int) -> dict[str, Any]:
    return {
        "spanID": span.id,
        "parentSpanID": span.parent or None,
        "depth": depth,
        "service": span.service,
        "name": span.name,
        "startMicroseconds": span.start,
        "durationSeconds": span.duration.total_seconds(),
        "inputTokens": span.input_tokens,
        "outputTokens": span.output_tokens,
        "error": span.error or None,
        "attributes": span.attributes,
    }
