"""What can go wrong, as a tree.

CrdGenError
├── UnmappableError  a model that no structural schema can say exactly
├── SchemaError      a finished definition that the API server would refuse, or install and regret
├── ProjectError     [tool.crd-gen], a target or a file that cannot be read
└── StaleError       committed files differ from what the models say now
"""

from collections.abc import Sequence


class CrdGenError(Exception):
    """Anything this package refuses; its text is meant for the person at the terminal."""


class UnmappableError(CrdGenError):
    """A model has no exact structural equivalent.

    model is the class by its qualified name, path the field's place below it (JSON names,
    `spec.steps[].name`), problem what was found, ways_out what to write instead.
    """

    def __init__(self, model: str, path: str, problem: str, ways_out: Sequence[str] = ()) -> None:
        self.model, self.path, self.problem, self.ways_out = model, path, problem, tuple(ways_out)
        where = f"{model}: {path}" if path else model
        advice = "".join(f"\n  - {way}" for way in self.ways_out)
        super().__init__(f"{where}: {problem}{advice}")


class SchemaError(CrdGenError):
    """One line for each finding, in the order of their paths."""

    def __init__(self, name: str, findings: Sequence[str]) -> None:
        self.name, self.findings = name, tuple(findings)
        super().__init__(f"{name}:" + "".join(f"\n  {finding}" for finding in self.findings))


class ProjectError(CrdGenError):
    """What was asked for cannot be found or read."""


class StaleError(CrdGenError):
    """Generated files are not what the models say; the text is a unified diff."""
