"""The handler of `/mutate/arkruns`."""

from __future__ import annotations

from collections.abc import Collection

from arkrun_crd.names import RUN_KIND
from arkrun_webhook.admission import refusals
from arkrun_webhook.admission.handler import (
    check_size,
    is_restored,
    namespace,
    stored_object,
    team_name,
)
from arkrun_webhook.admission.stamp import (
    differences,
    is_current,
    missing_input,
    run_spec,
    stamp,
    top_level,
    wrong_label,
)
from arkrun_webhook.compare.equality import same
from arkrun_webhook.compare.raw_json import ABSENT
from arkrun_webhook.review import response
from arkrun_webhook.review.request import AdmissionRequest, Object
from arkrun_webhook.review.response import AdmissionResponse, Operation
from arkrun_webhook.teams.lookup import Teams

_AUDIT_PATHS = 20
"""Maximum number of paths in an audit annotation."""


class RunMutation:
    """Stamp a new run; restore the stored spec if a listed controller rewrites it.

    `controllers` are the user names of controllers that rewrite whole runs on every reconcile.
    """

    def __init__(self, teams: Teams, controllers: Collection[str] = ()) -> None:
        self._teams = teams
        self._controllers = frozenset(controllers)

    async def __call__(self, request: AdmissionRequest, deadline: float) -> AdmissionResponse:
        """Return the patch of the run, if it needs one; raises `Refused`."""
        run, old = stored_object(request, RUN_KIND), request.old_object
        if run is None:
            return response.allowed(request.uid)
        if request.operation == "UPDATE" and old is not None:
            return self._updated(request, old, run)
        if is_restored(run):
            return response.allowed(request.uid)
        return await self._created(request, run, deadline)

    def _updated(self, request: AdmissionRequest, old: Object, run: Object) -> AdmissionResponse:
        if request.user_info.username not in self._controllers or same(old.spec, run.spec):
            return response.allowed(request.uid)
        restore = Operation("/spec", op="remove") if old.spec == ABSENT else Operation("/spec", old.spec)
        return response.patched(request.uid, [restore], decision="spec-kept")

    async def _created(self, request: AdmissionRequest, run: Object, deadline: float) -> AdmissionResponse:
        if (name := team_name(run)) is None:
            return response.allowed(request.uid)
        check_size(run)
        spec = run_spec(run)
        team = await self._teams.get(namespace(request), name, deadline)
        if label := wrong_label(run, team):
            raise refusals.wrong_team_label(name, label)
        if not is_current(spec, team):
            raise refusals.team_changed(name, team.metadata.generation, spec["teamGeneration"])
        if missing := missing_input(spec, team):
            raise refusals.input_missing(name, missing)
        audit = {"decision": "stamped", "team-generation": str(team.metadata.generation)}
        warnings = []
        if replaced := differences(spec, team):
            audit["replaced"] = ",".join(change.path for change in replaced[:_AUDIT_PATHS])
            warnings = refusals.snapshot_replaced(name, replaced, top_level(replaced))
        patched = response.patched(request.uid, stamp(run, spec, team), **audit)
        return response.with_warnings(patched, warnings)
