"""The handler of `/validate/arkteams`."""

from __future__ import annotations

import msgspec

from arkrun_crd.names import LABEL_VALUE_MAX, TEAM_KIND
from arkrun_crd.rules import pipeline
from arkrun_webhook.admission.handler import check_size, stored_object, warnings_of
from arkrun_webhook.compare.equality import same
from arkrun_webhook.compare.raw_json import first_byte
from arkrun_webhook.review import response
from arkrun_webhook.review.request import AdmissionRequest
from arkrun_webhook.review.response import AdmissionResponse


class TeamValidation:
    """Check a team by the rules of a pipeline, before it is run."""

    async def __call__(self, request: AdmissionRequest, deadline: float) -> AdmissionResponse:  # noqa: ARG002
        """Allow the team, with warnings; raises `Refused`. An unchanged spec is not checked again."""
        team, old = stored_object(request, TEAM_KIND), request.old_object
        if team is None or team.metadata.deletion_timestamp is not None:
            return response.allowed(request.uid)
        if (old is not None and same(old.spec, team.spec)) or first_byte(team.spec) != b"{":
            return response.allowed(request.uid)
        check_size(team)
        warnings = warnings_of(pipeline.check_team(msgspec.json.decode(team.spec)))
        if len(request.name) > LABEL_VALUE_MAX:
            warnings.insert(0, name_too_long(len(request.name)))
        return response.with_warnings(response.allowed(request.uid), warnings)


def name_too_long(size: int) -> str:
    """Return the warning about a name that is too long for the label of the team's runs."""
    return f"metadata.name has {size} characters; a team can be run with {LABEL_VALUE_MAX} at most"
