"""`/validate/arkruns`: what decides whether a record may change."""

from __future__ import annotations

import msgspec

from arkrun_crd.names import RUN_KIND
from arkrun_crd.rules import pipeline
from arkrun_webhook.admission import refusals
from arkrun_webhook.admission.handler import (
    check_size,
    is_restored,
    namespace,
    stored_object,
    team_name,
    warnings_of,
)
from arkrun_webhook.admission.stamp import (
    RunSpec,
    differences,
    is_current,
    missing_input,
    omissions,
    run_spec,
    run_target,
    undeclared_input,
    wrong_label,
)
from arkrun_webhook.compare.diff import Change, changes
from arkrun_webhook.compare.equality import same
from arkrun_webhook.compare.raw_json import ABSENT, raw
from arkrun_webhook.errors import Refused
from arkrun_webhook.observability.metrics import LOOKUPS_SPARED
from arkrun_webhook.review import response
from arkrun_webhook.review.request import AdmissionRequest, Object
from arkrun_webhook.review.response import AdmissionResponse
from arkrun_webhook.teams.lookup import Teams
from arkrun_webhook.teams.team import Team


class RunValidation:
    """Prove the stamp of a new run; refuse every change of a stored one.

    The configuration sends the restores of callers who have the verb to `RestoreValidation`, so a restore
    that comes here is refused: no configuration of another origin can open a way around it.
    """

    def __init__(self, teams: Teams) -> None:
        self._teams = teams

    async def __call__(self, request: AdmissionRequest, deadline: float) -> AdmissionResponse:
        """Decide whether the run may be stored."""
        run, old = stored_object(request, RUN_KIND), request.old_object
        if run is None:
            return response.allowed(request.uid)
        if old is not None and request.operation == "UPDATE":
            check_unchanged(old, run)
            return response.allowed(request.uid)
        if is_restored(run):
            raise refusals.may_not_restore(request.user_info.username, request.namespace)
        return await self._created(request, run, deadline)

    async def _created(self, request: AdmissionRequest, run: Object, deadline: float) -> AdmissionResponse:
        if (name := team_name(run)) is None:
            _check_roles(run)
            return response.allowed(request.uid, decision="without-team")
        check_size(run)
        spec = run_spec(run)
        team = await self._proved(run, spec, (namespace(request), name), deadline)
        if missing := missing_input(spec, team):
            raise refusals.input_missing(name, missing)
        decoded = {field: msgspec.json.decode(value) for field, value in spec.items()}
        warnings = [undeclared(each, name) for each in undeclared_input(spec, team)[: pipeline.FINDING_LIMIT]]
        warnings += warnings_of(pipeline.check_run(decoded))
        audit = {"decision": "proved", "team-generation": str(team.metadata.generation)}
        return response.with_warnings(response.allowed(request.uid, **audit), warnings)

    async def _proved(self, run: Object, spec: RunSpec, name: tuple[str, str], deadline: float) -> Team:
        """Return the team that proves the stamp: as it was read lately, else as it is now."""
        recent = self._teams.recent(*name)
        if recent is not None and _is_proved(run, spec, recent):
            LOOKUPS_SPARED.inc()
            return recent
        team = await self._teams.get(*name, deadline)
        prove(run, spec, team)
        return team


def check_unchanged(old: Object, new: Object) -> None:
    """Raise `Refused` unless spec, team label and restored mark stay; a missing, right label may be added."""
    found = changes(old.spec, new.spec, "spec") + _label_changes(old, new) + _mark_changes(old, new)
    if found:
        raise refusals.record_changed(found)
    # The API server encodes 1.0 as 1, so what it sends shows no difference; its generation does.
    if old.metadata.generation != new.metadata.generation:
        raise refusals.respelled()


def prove(run: Object, spec: RunSpec, team: Team) -> None:
    """Raise `Refused` unless the stamp says which team spec the run was created from, and is right."""
    name, generation = team.metadata.name, team.metadata.generation
    if not is_current(spec, team):
        raise refusals.team_changed(name, generation, spec["teamGeneration"])
    if found := wrong_label(run, team) + differences(spec, team):
        raise refusals.stamp_disproved(name, generation, found)
    if lacking := omissions(run, spec, team):
        raise refusals.not_stamped(lacking)


def undeclared(name: str, team: str) -> str:
    """Word the warning about an input that the team does not declare."""
    return f'spec.input: "{name}" is not among the inputs of ArkTeam "{team}"'


def _is_proved(run: Object, spec: RunSpec, team: Team) -> bool:
    try:
        prove(run, spec, team)
    except Refused:
        return False
    return True


def _check_roles(run: Object) -> None:
    """Raise `Refused` for what no operator could decode, in a run that has no team."""
    if (roles := run_target(run).roles) != ABSENT:
        warnings_of(pipeline.check_roles({"roles": msgspec.json.decode(roles)}))


def _label_changes(old: Object, new: Object) -> list[Change]:
    before, after = old.metadata.team_label, new.metadata.team_label
    if before == after:
        return []
    if before is None and after is not None and same(raw(after), run_target(new).team_ref):
        return []
    values = (ABSENT if label is None else raw(label) for label in (before, after))
    return [Change(refusals.LABEL_PATH, *values)]


def _mark_changes(old: Object, new: Object) -> list[Change]:
    before, after = old.metadata.restored_mark, new.metadata.restored_mark
    return [] if before == after else [Change(refusals.MARK_PATH, before, after)]
