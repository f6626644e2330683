"""Names of the API that clients, chart and webhook share."""

from typing import Final

GROUP: Final = "arkonis.dev"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"

RUN_KIND: Final = "ArkRun"
RUN_PLURAL: Final = "arkruns"
TEAM_KIND: Final = "ArkTeam"
TEAM_PLURAL: Final = "arkteams"

TEAM_LABEL: Final = "arkonis.dev/team"
"""Label of every run with the name of its team, for `kubectl get arkrun -l`."""

RESTORED_ANNOTATION: Final = "arkonis.dev/restored"
"""Annotation, `"true"`, of a run restored from a backup: its snapshot may be older than the team."""

LABEL_VALUE_MAX: Final = 63
"""Maximum length of a label value, and so of a team's name (apimachinery, validation.go)."""
