"""The validation of a team's spec, and of the copy of it in a run.

Pure functions from parsed JSON to findings with field paths. Another operator's schema may have accepted any
value, so a value of an unexpected type is skipped: types are validated by the schema.

A fault is something that the operator rejects or cannot run; a doubt is only likely to be a mistake.

Sources: the ark operator's reference for ArkTeam, and how its successor validates a team (its DAG of
steps, its topology of roles); a step's name is the name of its role.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from typing import Any

from arkrun_crd.durations import is_go_duration
from arkrun_crd.rules import templates
from arkrun_crd.rules.field_path import member
from arkrun_crd.v1alpha1.roles import tools
from crd_gen.formats import regex

Spec = dict[str, Any]

# etcd accepts requests of 1.5 MiB (--max-request-bytes). A status write contains the spec as well, so the
# spec must leave some of that to the status.
SPEC_LIMIT = 1024 * 1024

FINDING_LIMIT = 20
"""Maximum number of faults, and of doubts, which bounds the time of a check."""

CYCLE_SHOWN = 20
"""Maximum number of a cycle's steps in a message."""

PATTERN_LIMIT = 4096
"""Maximum length of a pattern that is checked, as in the CRD: RE2's time can be quadratic."""

ORDER_LIMIT = 200
"""Maximum number of steps up to which a template's references are checked against their order."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault (`fatal`) or a doubt about a spec; `type` is a Kubernetes CauseType."""

    field: str
    message: str
    type: str = "FieldValueInvalid"
    fatal: bool = True

    def __str__(self) -> str:
        """`spec.pipeline[1].role: …`."""
        return f"{self.field}: {self.message}"


def check_team(spec: Spec) -> list[Finding]:
    """Check an ArkTeam's spec."""
    faults = chain(_kind(spec), _faults(spec), _entry(spec), _retention(spec))
    return _limited(faults, _doubts(spec, _declared_inputs(spec)))


def check_run(spec: Spec) -> list[Finding]:
    """Check an ArkRun's spec, whose input is complete."""
    return _limited(_faults(spec), _doubts(spec, set(_object(spec, "input"))))


def check_roles(spec: Spec) -> list[Finding]:
    """Check a run without a team for tools that no operator can decode."""
    return list(islice(_tools(spec), FINDING_LIMIT))


def _faults(spec: Spec) -> Iterator[Finding]:
    # A pipeline does not delegate, and of two roles with the same name the operator uses the last.
    dynamic = () if _kinds(spec) else chain(_repeated_roles(spec, fatal=True), _delegates(spec))
    return chain(dynamic, _tools(spec), _steps(spec), _schemas(spec), _patterns(spec))


def _doubts(spec: Spec, inputs: set[str] | None) -> Iterator[Finding]:
    repeated = _repeated_roles(spec, fatal=False) if _kinds(spec) else ()
    return chain(repeated, _templates(spec, inputs), _schema_doubts(spec))


def _limited(faults: Iterator[Finding], doubts: Iterator[Finding]) -> list[Finding]:
    return [*islice(faults, FINDING_LIMIT), *islice(doubts, FINDING_LIMIT)]


def check_size(size: int) -> list[Finding]:
    """Check the size in bytes of a spec as JSON."""
    if size <= SPEC_LIMIT:
        return []
    message = (
        f"has {size} bytes as JSON, and at most {SPEC_LIMIT} leave space for a run's status "
        "in etcd: shorten prompts or schemas"
    )
    return [Finding("spec", message, "FieldValueTooLong")]


KINDS = ("pipeline", "routing", "search")
"""Fields of which a team has at most one; a team with none of them is dynamic and has an entry role."""


def _kind(spec: Spec) -> Iterator[Finding]:
    kinds = _kinds(spec)
    need = "a team has one of pipeline, routing (routed) and search, or an entry role (dynamic)"
    if not kinds and not spec.get("entry"):
        yield Finding("spec", f"{need}, and this one has none", "FieldValueRequired")
    elif len(kinds) > 1:
        yield Finding("spec", f"{need}, and this one has {' and '.join(kinds)}")


def _kinds(spec: Spec) -> list[str]:
    return [name for name in KINDS if spec.get(name) or isinstance(spec.get(name), dict)]


def _repeated_roles(spec: Spec, *, fatal: bool) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for index, role in _items(spec, "roles"):
        name = role.get("name")
        if not isinstance(name, str):
            continue
        if name in first:
            message = f'"{name}" is the name of roles[{first[name]}] too: role names are unique'
            yield Finding(f"spec.roles[{index}].name", message, "FieldValueDuplicate", fatal=fatal)
        first.setdefault(name, index)


def _delegates(spec: Spec) -> Iterator[Finding]:
    roles = _names(spec, "roles", "name")
    for index, role in _items(spec, "roles"):
        for number, target in enumerate(_list(role, "canDelegate")):
            if isinstance(target, str) and target not in roles:
                yield _unknown(f"spec.roles[{index}].canDelegate[{number}]", target, "role", roles)


def _entry(spec: Spec) -> Iterator[Finding]:
    entry, roles = spec.get("entry"), _names(spec, "roles", "name")
    if entry and isinstance(entry, str) and entry not in roles and not _kinds(spec):
        yield _unknown("spec.entry", entry, "role", roles)


def _steps(spec: Spec) -> Iterator[Finding]:
    roles, steps = _names(spec, "roles", "name"), _names(spec, "pipeline", "role")
    first: dict[str, int] = {}
    for index, step in _items(spec, "pipeline"):
        path, role = f"spec.pipeline[{index}]", step.get("role")
        if isinstance(role, str):
            if role not in roles and not isinstance(step.get("registryLookup"), dict):
                yield _unknown(f"{path}.role", role, "role", roles)
            if role in first:
                message = f'"{role}" is the role of pipeline[{first[role]}] too: a step is named by its role'
                yield Finding(f"{path}.role", message, "FieldValueDuplicate")
            first.setdefault(role, index)
        for number, needed in enumerate(_list(step, "dependsOn")):
            if isinstance(needed, str) and needed not in steps:
                yield _unknown(f"{path}.dependsOn[{number}]", needed, "step", steps)
    if cycle := find_cycle(dependencies(spec)):
        yield Finding("spec.pipeline", f"its steps wait for each other: {' -> '.join(_short(cycle))}")


def dependencies(spec: Spec) -> dict[str, list[str]]:
    """Map each step of a pipeline to the steps that it waits for."""
    return {
        str(step.get("role")): [needed for needed in _list(step, "dependsOn") if isinstance(needed, str)]
        for _, step in _items(spec, "pipeline")
    }


def find_cycle(graph: dict[str, list[str]]) -> list[str]:
    """Return a cycle as a path that ends at its start; [] if there is none.

    Without recursion, so that a long chain of steps does not exceed the recursion limit.
    """
    done: set[str] = set()
    for start in graph:
        path: dict[str, Iterator[str]] = {}
        node: str | None = start if start not in done else None
        while node is not None or path:
            if node is not None:
                path[node] = iter(graph.get(node, ()))
            current = next(reversed(path))
            node = next((step for step in path[current] if step not in done), None)
            if node in path:
                names = list(path)
                return [*names[names.index(node) :], node]
            if node is None:
                done.add(current)
                del path[current]
    return []


def _short(cycle: list[str]) -> list[str]:
    left_out = len(cycle) - CYCLE_SHOWN
    return cycle if left_out <= 0 else [*cycle[: CYCLE_SHOWN - 1], f"({left_out} more)", cycle[-1]]


def _tools(spec: Spec) -> Iterator[Finding]:
    """Find tools that no Go client can decode: one of them makes the operator's list of all teams fail."""
    first: tuple[tools.Shape, int] | None = None
    for index, role in _items(spec, "roles"):
        value, path = role.get("tools"), f"spec.roles[{index}].tools"
        if problem := tools.problem_of(value):
            yield Finding(f"{path}{problem[0]}", problem[1])
        elif shape := tools.shape_of(value):
            first = first or (shape, index)
            if shape != first[0]:
                message = f"has another form than that of roles[{first[1]}]: no operator reads both"
                yield Finding(path, message)


def _schemas(spec: Spec) -> Iterator[Finding]:
    for index, step in _items(spec, "pipeline"):
        path = f"spec.pipeline[{index}].validate.schema"
        yield from _schema(path, _object(step, "validate").get("schema"), fatal=True)


def _schema_doubts(spec: Spec) -> Iterator[Finding]:
    """Find an outputSchema that is not a schema; only a doubt, because it merely instructs the agent."""
    for index, step in _items(spec, "pipeline"):
        yield from _schema(f"spec.pipeline[{index}].outputSchema", step.get("outputSchema"), fatal=False)


def _retention(spec: Spec) -> Iterator[Finding]:
    """Find a duration that no Go client can decode: it makes the operator's list of all teams fail."""
    value = spec.get("runRetainFor")
    if isinstance(value, str) and not is_go_duration(value):
        message = f'"{value}" is not a Go duration of at most 292 years: write hours, such as 168h'
        yield Finding("spec.runRetainFor", message)


def _patterns(spec: Spec) -> Iterator[Finding]:
    for index, step in _items(spec, "pipeline"):
        for number, pattern in enumerate(_list(_object(step, "validate"), "rejectPatterns")):
            readable = isinstance(pattern, str) and len(pattern) <= PATTERN_LIMIT
            if readable and (problem := regex.problem(pattern)):
                field = f"spec.pipeline[{index}].validate.rejectPatterns[{number}]"
                yield Finding(field, f"is not an RE2 pattern: {problem}")


def _schema(field: str, text: Any, *, fatal: bool) -> Iterator[Finding]:
    if not isinstance(text, str) or not text.strip():
        return
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        yield Finding(field, f"is not JSON: {error}", fatal=fatal)
        return
    if not isinstance(schema, dict | bool):
        yield Finding(field, "is JSON, but not a JSON Schema: write an object", fatal=fatal)


def _templates(spec: Spec, inputs: set[str] | None) -> Iterator[Finding]:
    graph = dependencies(spec)
    before = cache(lambda step: _before(graph, step))
    for field, text, step, completed in _template_texts(spec):
        parsed = templates.parse(text)
        if parsed.problem:
            yield Finding(field, f"template {parsed.problem}", fatal=False)
        for name in sorted(parsed.inputs - inputs) if inputs is not None else ():
            yield Finding(field, f'template refers to the unknown input "{name}"', fatal=False)
        for name in sorted(parsed.steps - completed):
            if name not in graph:
                yield Finding(field, f'template refers to the unknown step "{name}"', fatal=False)
            elif step is not None and len(graph) <= ORDER_LIMIT and name not in before(step):
                message = f'template refers to step "{name}", which "{step}" does not wait for'
                yield Finding(field, message, fatal=False)


def _template_texts(spec: Spec) -> Iterator[tuple[str, str, str | None, set[str]]]:
    """Yield each template's field, its text, the step that evaluates it, and the steps completed by then."""
    for index, step in _items(spec, "pipeline"):
        path, role = f"spec.pipeline[{index}]", str(step.get("role"))
        for key, text in _object(step, "inputs").items():
            if isinstance(text, str) and "{{" in text:
                yield member(f"{path}.inputs", key), text, role, set()
        if isinstance(step.get("if"), str):
            yield f"{path}.if", step["if"], role, set()
        if isinstance(condition := _object(step, "loop").get("condition"), str):
            yield f"{path}.loop.condition", condition, role, {role}
    if isinstance(spec.get("output"), str) and spec.get("pipeline"):
        yield "spec.output", spec["output"], None, set()


def _before(graph: dict[str, list[str]], step: str) -> set[str]:
    earlier: set[str] = set()
    waiting = [step]
    while waiting:
        fresh = [name for name in graph.get(waiting.pop(), ()) if name not in earlier]
        earlier.update(fresh)
        waiting += fresh
    return earlier


def _declared_inputs(spec: Spec) -> set[str] | None:
    """Return the inputs that a team declares; None if it declares none and runs may set any."""
    declared = _names(spec, "inputs", "name")
    return declared | _object(spec, "input").keys() if declared else None


def _unknown(field: str, name: str, noun: str, known: Iterable[str]) -> Finding:
    names = ", ".join(sorted(known)[:10]) or "none"
    return Finding(field, f'"{name}" is no {noun} of this team, which has: {names}', "FieldValueNotFound")


def _list(holder: Any, key: str) -> list[Any]:
    value = holder.get(key) if isinstance(holder, dict) else None
    return value if isinstance(value, list) else []


def _object(holder: Any, key: str) -> Spec:
    value = holder.get(key) if isinstance(holder, dict) else None
    return value if isinstance(value, dict) else {}


def _items(spec: Spec, key: str) -> Iterator[tuple[int, Spec]]:
    return ((index, item) for index, item in enumerate(_list(spec, key)) if isinstance(item, dict))


def _names(spec: Spec, key: str, name: str) -> set[str]:
    return {item[name] for _, item in _items(spec, key) if isinstance(item.get(name), str)}
