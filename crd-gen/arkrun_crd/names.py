"""The names of the API: what a client, a chart or a webhook must spell exactly alike."""

from typing import Final

GROUP: Final = "arkonis.dev"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"

RUN_KIND: Final = "ArkRun"
RUN_PLURAL: Final = "arkruns"
TEAM_KIND: Final = "ArkTeam"
TEAM_PLURAL: Final = "arkteams"

TEAM_LABEL: Final = "arkonis.dev/team"
"""On every run: the name of its team, so `kubectl get arkrun -l` finds a team's runs."""

RESTORED_ANNOTATION: Final = "arkonis.dev/restored"
"""`"true"` on a run that a backup brings back: its snapshot is older than the live team."""

LABEL_VALUE_MAX: Final = 63
"""Characters a label value may have, hence a team's name too (apimachinery, validation.go)."""

SPEC_SEAL_ANNOTATION: Final = "arkonis.dev/seal-spec"
"""The seal of a run's spec, written once."""

STATUS_SEAL_ANNOTATION: Final = "arkonis.dev/seal-status"
"""The seal of a run that ended; a retry removes it."""
