"""One thing that is wrong with a definition."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, order=True)
class Finding:
    """path is the place in the object that the schema describes (`spec.steps[].name`)."""

    path: str
    problem: str
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.path or '(root)'}: {self.problem}"
