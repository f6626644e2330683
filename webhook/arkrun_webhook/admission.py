"""What is decided about each kind of object; everything here speaks of objects, not of HTTP."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection

import msgspec

from arkrun_crd.names import GROUP, LABEL_VALUE_MAX, RUN_KIND, TEAM_KIND
from arkrun_crd.rules import pipeline
from arkrun_crd.rules.pipeline import Finding
from arkrun_webhook import refusals, review
from arkrun_webhook.compare import given, same
from arkrun_webhook.diff import Change, changes
from arkrun_webhook.errors import Refused
from arkrun_webhook.review import Object, Operation, Request, Response
from arkrun_webhook.snapshot import (
    RunSpec,
    Target,
    Team,
    differences,
    is_current,
    missing_input,
    omissions,
    run_spec,
    run_target,
    stamp,
    top_level,
    undeclared_input,
    wrong_label,
)
from arkrun_webhook.spans import ABSENT, NOTHING, first_byte, raw
from arkrun_webhook.teams import Teams

Handler = Callable[[Request, float], Awaitable[Response]]
"""Answers a request before a deadline (of time.monotonic()); raises `Refused`, or what BAD_JSON names."""

# metadata.name of a custom resource is a DNS subdomain, that of a namespace a label of one (RFC 1123,
# Kubernetes "Object Names"). Both become parts of a path.
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_NAMESPACE = re.compile(_LABEL)

_AUDITED = 20
"""Paths that an audit annotation names."""

_FREE = ("DELETE", "CONNECT")
_JUDGED = ("CREATE", "UPDATE")


class RunMutation:
    """`/mutate/arkruns`: stamps a new run, and keeps the spec of a stored one for the named controllers.

    `controllers` are user names of controllers that rewrite whole runs on every reconcile.
    """

    def __init__(self, teams: Teams, controllers: Collection[str] = ()) -> None:
        self._teams = teams
        self._controllers = frozenset(controllers)

    async def __call__(self, request: Request, deadline: float) -> Response:
        """Answer with the patch; anything that is neither passes untouched."""
        run, old = judged(request, RUN_KIND), request.old_object
        if run is None:
            return review.allowed(request.uid)
        if request.operation == "UPDATE" and old is not None:
            return self._kept(request, old, run)
        return review.allowed(request.uid) if restored(run) else await self._stamped(request, run, deadline)

    def _kept(self, request: Request, old: Object, run: Object) -> Response:
        if request.user_info.username not in self._controllers or same(old.spec, run.spec):
            return review.allowed(request.uid)
        kept = Operation("/spec", op="remove") if old.spec == ABSENT else Operation("/spec", old.spec)
        return review.patched(request.uid, [kept], decision="spec-kept")

    async def _stamped(self, request: Request, run: Object, deadline: float) -> Response:
        if (name := team_name(run_target(run))) is None:
            return review.allowed(request.uid)
        _check_size(run)
        spec = run_spec(run)
        team = await self._teams.get(namespace(request), name, deadline)
        if label := wrong_label(run, team):
            raise refusals.wrong_team_label(name, label)
        if not is_current(spec, team):
            raise refusals.team_changed(name, team.metadata.generation, spec["teamGeneration"])
        _require_input(spec, team)
        response = review.patched(request.uid, stamp(run, spec, team), **_audit("stamped", team))
        if not (found := differences(spec, team)):
            return response
        response.audit_annotations["replaced"] = ",".join(change.path for change in found[:_AUDITED])
        return review.with_warnings(response, refusals.snapshot_replaced(name, found, top_level(found)))


class RunValidation:
    """`/validate/arkruns`: proves the stamp of a new run, and that an old one stays as it is."""

    def __init__(self, teams: Teams) -> None:
        self._teams = teams

    async def __call__(self, request: Request, deadline: float) -> Response:
        """Answer whether the run may be stored.

        The configuration sends the restores of callers who have the verb to `RestoreValidation`, so a
        restore that comes here is refused: no configuration of another origin can open a way around it.
        """
        run, old = judged(request, RUN_KIND), request.old_object
        if run is None:
            return review.allowed(request.uid)
        if old is not None and request.operation == "UPDATE":
            return unchanged(request, old, run)
        if restored(run):
            raise refusals.may_not_restore(request.user_info.username, request.namespace)
        return await self._created(request, run, deadline)

    async def _created(self, request: Request, run: Object, deadline: float) -> Response:
        target = run_target(run)
        if (name := team_name(target)) is None:
            _doubts(pipeline.check_roles({} if target.roles == ABSENT else decoded({"roles": target.roles})))
            return review.allowed(request.uid, decision="without-team")
        _check_size(run)
        spec = run_spec(run)
        team = self._teams.recent(namespace(request), name)
        if team is None or not proves(run, spec, team):
            team = await self._teams.get(namespace(request), name, deadline)
            prove(run, spec, team)
        _require_input(spec, team)
        doubts = _doubts(pipeline.check_run(decoded(spec)))
        response = review.allowed(request.uid, **_audit("proved", team))
        return review.with_warnings(response, [*_undeclared(spec, team), *doubts])


class RestoreValidation:
    """`/validate/restored-arkruns`: a record from a backup is complete.

    That the caller has the verb `restore` is decided by the API server, in the match conditions.
    """

    async def __call__(self, request: Request, deadline: float) -> Response:  # noqa: ARG002
        """Answer whether the record may be stored."""
        run = judged(request, RUN_KIND)
        if run is None or request.operation != "CREATE" or not restored(run):
            return review.allowed(request.uid)
        if lacking := incomplete(run, team_name(run_target(run))):
            raise refusals.not_restorable(lacking)
        return review.allowed(request.uid, decision="restored")


class TeamValidation:
    """`/validate/arkteams`: the pipeline rules, before a run can meet them."""

    async def __call__(self, request: Request, deadline: float) -> Response:  # noqa: ARG002
        """Answer whether the team may be stored; a team whose spec stays is not judged anew."""
        team, old = judged(request, TEAM_KIND), request.old_object
        if team is None or team.metadata.deletion_timestamp is not None:
            return review.allowed(request.uid)
        if (old is not None and same(old.spec, team.spec)) or first_byte(team.spec) != b"{":
            return review.allowed(request.uid)
        _check_size(team)
        found = pipeline.check_team(msgspec.json.decode(team.spec))
        return review.with_warnings(review.allowed(request.uid), [*_long_name(request), *_doubts(found)])


def judged(request: Request, kind: str) -> Object | None:
    """Give the object that is to be stored; None for a deletion, a connection or a subresource.

    Raises `Refused` for a kind that is not ours, and for a call that does not say what it is about.
    """
    if request.kind.kind != kind or request.kind.group != GROUP:
        raise refusals.wrong_kind(kind, GROUP, request.kind.kind, request.kind.group)
    if request.operation in _FREE or request.sub_resource:
        return None
    if request.operation not in _JUDGED:
        raise refusals.unknown_operation(request.operation)
    if request.object is None:
        raise refusals.nothing_to_judge(request.operation, "object")
    if request.old_object is None and request.operation == "UPDATE":
        raise refusals.nothing_to_judge(request.operation, "oldObject")
    return request.object


def decoded(spec: RunSpec) -> pipeline.Spec:
    """Decode a spec; raises what `spans.BAD_JSON` names."""
    return {name: msgspec.json.decode(value) for name, value in spec.items()}


def restored(run: Object) -> bool:
    """Return True if a run says that it comes from a backup."""
    return run.metadata.restored_mark == msgspec.Raw(b'"true"')


def namespace(request: Request) -> str:
    """Read the namespace; raises `Refused` when none can have that name."""
    if not _NAMESPACE.fullmatch(request.namespace):
        raise refusals.namespace_invalid(request.namespace)
    return request.namespace


def team_name(target: Target) -> str | None:
    """Return spec.teamRef, None for a run of an agent; raises `Refused` if no team can have that name."""
    value = target.team_ref
    if value in NOTHING and given(target.agent):
        return None
    name = None if value == ABSENT else msgspec.json.decode(value)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise refusals.team_ref_invalid(value)
    if len(name) > LABEL_VALUE_MAX:
        raise refusals.team_name_too_long(name)
    return name


def prove(run: Object, spec: RunSpec, team: Team) -> None:
    """Raise `Refused` unless the run says which team spec it was created from, and says it rightly."""
    name, generation = team.metadata.name, team.metadata.generation
    if not is_current(spec, team):
        raise refusals.team_changed(name, generation, spec["teamGeneration"])
    if found := wrong_label(run, team) + differences(spec, team):
        raise refusals.stamp_disproved(name, generation, found)
    if lacking := omissions(run, spec, team):
        raise refusals.not_stamped(lacking)


def proves(run: Object, spec: RunSpec, team: Team) -> bool:
    """Return True if `prove` finds nothing to refuse."""
    try:
        prove(run, spec, team)
    except Refused:
        return False
    return True


def incomplete(run: Object, name: str | None) -> list[str]:
    """List what a record that is to be kept as it is lacks."""
    if name is None:
        return []
    spec = run_spec(run)
    lacking = [] if run.metadata.team_label == name else [refusals.LABEL_PATH]
    if not given(spec.get("teamGeneration", ABSENT)):
        lacking.append("spec.teamGeneration")
    if not any(given(spec.get(field, ABSENT)) for field in ("pipeline", "roles", "routing")):
        lacking.append("spec.pipeline, spec.roles or spec.routing")
    return lacking


def unchanged(request: Request, old: Object, new: Object) -> Response:
    """Answer an update: spec, team label and restored mark stay; a missing right label may be added."""
    found = changes(old.spec, new.spec, "spec") + _label_changes(old, new) + _mark_changes(old, new)
    if found:
        raise refusals.record_changed(found)
    # The API server encodes 1.0 as 1, so what it sends shows no difference; its generation does.
    if old.metadata.generation != new.metadata.generation:
        raise refusals.respelled()
    return review.allowed(request.uid)


def _label_changes(old: Object, new: Object) -> list[Change]:
    before, after = old.metadata.team_label, new.metadata.team_label
    if before == after:
        return []
    if before is None and after is not None and same(raw(after), run_target(new).team_ref):
        return []
    return [Change(refusals.LABEL_PATH, *(ABSENT if one is None else raw(one) for one in (before, after)))]


def _mark_changes(old: Object, new: Object) -> list[Change]:
    before, after = old.metadata.restored_mark, new.metadata.restored_mark
    return [] if before == after else [Change(refusals.MARK_PATH, before, after)]


def _check_size(given: Object) -> None:
    """Refuse a spec that leaves no room for a status, before the team is read."""
    _doubts(pipeline.check_size(len(given.spec)))


def _require_input(spec: RunSpec, team: Team) -> None:
    if missing := missing_input(spec, team):
        raise refusals.input_missing(team.metadata.name, missing)


def _doubts(findings: list[Finding]) -> list[str]:
    """Give what is worth a warning; raises `Refused` when something is worse than that."""
    if faults := [one for one in findings if one.fatal]:
        raise refusals.breaks_rules(faults)
    return list(map(str, findings))


def _undeclared(spec: RunSpec, team: Team) -> list[str]:
    names = undeclared_input(spec, team)[: pipeline.FINDING_LIMIT]
    return [undeclared(name, team.metadata.name) for name in names]


def undeclared(name: str, team: str) -> str:
    """Say that a run gives an input which its team does not declare."""
    return f'spec.input: "{name}" is not among the inputs of ArkTeam "{team}"'


def _long_name(request: Request) -> list[str]:
    return [name_too_long(len(request.name))] if len(request.name) > LABEL_VALUE_MAX else []


def name_too_long(size: int) -> str:
    """Say that a team's name does not fit into the label of its runs."""
    return f"metadata.name has {size} characters; a team can be run with {LABEL_VALUE_MAX} at most"


def _audit(decision: str, team: Team) -> dict[str, str]:
    return {"decision": decision, "team-generation": str(team.metadata.generation)}
