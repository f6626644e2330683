"""An ArkTeam as the API server sent it; what a run copies of it stays bytes."""

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
"""Fields whose value the run may choose."""

NOT_COPIED: Final = (_json_names(ArkTeamSpec) ^ _json_names(ArkRunSpec)).union(INHERITED, ("input",))
"""Fields that are the team's alone, such as history limits, or the run's, such as teamRef and agent."""

SHARED: Final = (_json_names(ArkTeamSpec) & _json_names(ArkRunSpec)) - {*INHERITED, "input"}
"""Known fields of the snapshot."""

REQUIRED: Final = ("pipeline", "roles", "routing")
"""Fields of the snapshot that every version of the ArkRun CRD keeps."""


class Declared(Wire):
    """One of a team's `inputs[]`."""

    name: str
    required: bool = False
    default: Raw = ABSENT


class TeamMeta(Wire):
    """The part of a team's metadata that counts."""

    name: str = ""
    generation: int = 0
    deletion_timestamp: str | None = None


class Team(Struct):
    """An ArkTeam as the API server sent it."""

    metadata: TeamMeta
    spec: dict[str, Raw]
    input: dict[str, Raw]
    inputs: list[Declared]

    @property
    def snapshot(self) -> dict[str, Raw]:
        """The fields that a run copies."""
        found = self.spec.items()
        return {name: value for name, value in found if name not in NOT_COPIED and value not in NOTHING}


class _Document(Wire):
    metadata: TeamMeta
    spec: dict[str, Raw] | None = None


def parse_team(document: bytes) -> Team:
    """Parse an ArkTeam; raises what `raw_json.BAD_JSON` names when it is malformed."""
    read = msgspec.json.decode(document, type=_Document)
    spec = read.spec or {}
    own_input = msgspec.json.decode(spec.get("input", b"null"), type=dict[str, Raw] | None)
    declared = msgspec.json.decode(spec.get("inputs", b"null"), type=list[Declared] | None)
    return Team(read.metadata, spec, own_input or {}, declared or [])
