"""An error or warning about a definition."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, order=True)
class Finding:
    """A problem at a path of the object that the schema describes (`spec.steps[].name`)."""

    path: str
    problem: str
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.path or '(root)'}: {self.problem}"
