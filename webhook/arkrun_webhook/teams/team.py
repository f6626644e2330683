"""An ArkTeam as the API server sends it; the fields that runs copy are not decoded."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Raw, Struct

from arkrun_crd.v1alpha1 import ArkRunSpec, ArkTeamSpec
from arkrun_webhook.compare.raw_json import ABSENT, NOTHING
from arkrun_webhook.review.request import Wire


def _json_names(model: type[ArkRunSpec | ArkTeamSpec]) -> frozenset[str]:
    return frozenset(str(info.alias) for info in model.model_fields.values())


INHERITED: Final = ("output", "timeoutSeconds", "maxTokens")
"""Fields of the team that a run may override."""

NOT_COPIED: Final = (_json_names(ArkTeamSpec) ^ _json_names(ArkRunSpec)).union(INHERITED, ("input",))
"""Fields outside the snapshot: of teams or runs alone, overridable, or merged."""

SHARED: Final = (_json_names(ArkTeamSpec) & _json_names(ArkRunSpec)) - {*INHERITED, "input"}
"""The known fields of the snapshot."""

REQUIRED: Final = ("pipeline", "roles", "routing")
"""Fields of the snapshot that every version of the ArkRun CRD keeps."""


class TeamInput(Wire):
    """An entry of a team's `inputs`."""

    name: str
    required: bool = False
    default: Raw = ABSENT


class TeamMeta(Wire):
    """The fields of ObjectMeta that the webhook uses."""

    name: str = ""
    generation: int = 0
    deletion_timestamp: str | None = None


class Team(Struct):
    """A team: its metadata, its undecoded spec, and the decoded inputs of that."""

    metadata: TeamMeta
    spec: dict[str, Raw]
    input: dict[str, Raw]
    inputs: list[TeamInput]

    @property
    def snapshot(self) -> dict[str, Raw]:
        """The fields that a run copies."""
        fields = self.spec.items()
        return {name: value for name, value in fields if name not in NOT_COPIED and value not in NOTHING}


class _Document(Wire):
    metadata: TeamMeta
    spec: dict[str, Raw] | None = None


def parse_team(document: bytes) -> Team:
    """Parse an ArkTeam; raises one of `raw_json.BAD_JSON` if it is malformed."""
    team = msgspec.json.decode(document, type=_Document)
    spec = team.spec or {}
    own_input = msgspec.json.decode(spec.get("input", b"null"), type=dict[str, Raw] | None)
    declared = msgspec.json.decode(spec.get("inputs", b"null"), type=list[TeamInput] | None)
    return Team(team.metadata, spec, own_input or {}, declared or [])
