"""A recorded run."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Recording:
    """A recorded run of an operator version; properties return copies, which a test may change."""

    operator: str
    name: str
    document: Json

    def __str__(self) -> str:
        return f"{self.operator}/{self.name}"

    @property
    def team(self) -> Json | None:
        """The team's spec as it was stored; None for a run of a single agent."""
        team = self.document["team"]
        return copy.deepcopy(team["spec"]) if team else None

    @property
    def metadata(self) -> Json:
        """The run's metadata as its client sent it."""
        metadata: Json = copy.deepcopy(self.document["create"]["metadata"])
        return metadata

    @property
    def spec(self) -> Json:
        """The run's spec as its client sent it."""
        spec: Json = copy.deepcopy(self.document["create"]["spec"])
        return spec

    @property
    def writes(self) -> list[Json]:
        """Return the later writes to the run, in order."""
        writes: list[Json] = copy.deepcopy(self.document["writes"])
        return writes

    @property
    def statuses(self) -> list[Json]:
        """Return the statuses of the status writes."""
        return [write["status"] for write in self.writes if "status" in write]


def _read(path: Path) -> Recording:
    return Recording(path.parent.name, path.stem, json.loads(path.read_text(encoding="utf-8")))


RECORDINGS = tuple(_read(path) for path in sorted(_FOLDER.glob("*/*.json")))
