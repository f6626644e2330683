"""arkonis.dev/v1alpha1: ArkRun and ArkTeam."""

from arkrun_crd.v1alpha1.run import ArkRun, ArkRunSpec
from arkrun_crd.v1alpha1.status import ArkRunStatus, StepStatus
from arkrun_crd.v1alpha1.team import ArkTeam, ArkTeamSpec, ArkTeamStatus
from arkrun_crd.v1alpha1.tokens import TokenUsage

__all__ = [
    "ArkRun",
    "ArkRunSpec",
    "ArkRunStatus",
    "ArkTeam",
    "ArkTeamSpec",
    "ArkTeamStatus",
    "StepStatus",
    "TokenUsage",
]
