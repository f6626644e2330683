"""The handler of `/validate/arkruns`."""

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
    missing_from_stamp,
    missing_input,
    run_spec,
    run_target,
    undeclared_input,
    wrong_label,
)
from arkrun_webhook.compare.diff import Change, changes
from arkrun_webhook.compare.equality import same
from arkrun_webhook.compare.raw_json import ABSENT, raw
from arkrun_webhook.errors import Refused
from arkrun_webhook.metrics import LOOKUPS_SPARED
from arkrun_webhook.review import response
from arkrun_webhook.review.request import AdmissionRequest, Object
from arkrun_webhook.review.response import AdmissionResponse
from arkrun_webhook.teams.lookup import Teams
from arkrun_webhook.teams.team import Team


class RunValidation:
    """Verify the stamp of a new run; refuse every change of a stored one.

    The chart's configuration sends restores by permitted callers to `RestoreValidation`. A restore that
    arrives here is refused, so no other configuration can bypass that permission.
    """

    def __init__(self, teams: Teams) -> None:
        self._teams = teams

    async def __call__(self, request: AdmissionRequest, deadline: float) -> AdmissionResponse:
        """Allow the run, with warnings; raises `Refused`."""
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
        team = await self._verify(run, spec, (namespace(request), name), deadline)
        if missing := missing_input(spec, team):
            raise refusals.input_missing(name, missing)
        values = {field: msgspec.json.decode(value) for field, value in spec.items()}
        warnings = [undeclared(each, name) for each in undeclared_input(spec, team)[: pipeline.FINDING_LIMIT]]
        warnings += warnings_of(pipeline.check_run(values))
        audit = {"decision": "proved", "team-generation": str(team.metadata.generation)}
        return response.with_warnings(response.allowed(request.uid, **audit), warnings)

    async def _verify(self, run: Object, spec: RunSpec, name: tuple[str, str], deadline: float) -> Team:
        """Verify the stamp against a recent reading of the team, else a new one; return the team."""
        recent = self._teams.recent(*name)
        if recent is not None and _is_valid(run, spec, recent):
            LOOKUPS_SPARED.inc()
            return recent
        team = await self._teams.get(*name, deadline)
        check_stamp(run, spec, team)
        return team


def check_unchanged(old: Object, new: Object) -> None:
    """Raise `Refused` if spec, team label or restored annotation change; the missing label may be added."""
    differing = changes(old.spec, new.spec, "spec") + _label_changes(old, new) + _mark_changes(old, new)
    if differing:
        raise refusals.record_changed(differing)
    # The API server sends 1.0 as 1, so the specs look equal; only the generation shows the change.
    if old.metadata.generation != new.metadata.generation:
        raise refusals.encoding_changed()


def check_stamp(run: Object, spec: RunSpec, team: Team) -> None:
    """Raise `Refused` unless the stamp is complete and matches the team."""
    name, generation = team.metadata.name, team.metadata.generation
    if not is_current(spec, team):
        raise refusals.team_changed(name, generation, spec["teamGeneration"])
    if differing := wrong_label(run, team) + differences(spec, team):
        raise refusals.stamp_disproved(name, generation, differing)
    if missing := missing_from_stamp(run, spec, team):
        raise refusals.not_stamped(missing)


def undeclared(name: str, team: str) -> str:
    """Return the warning about an input that the team does not declare."""
    return f'spec.input: "{name}" is not among the inputs of ArkTeam "{team}"'


def _is_valid(run: Object, spec: RunSpec, team: Team) -> bool:
    try:
        check_stamp(run, spec, team)
    except Refused:
        return False
    return True


def _check_roles(run: Object) -> None:
    """Raise `Refused` if a run without a team has tools that no operator can decode."""
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
