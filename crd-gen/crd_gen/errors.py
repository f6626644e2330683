"""The exceptions of crd-gen.

CrdGenError
├── UnmappableError  a model has no exact structural schema
├── SchemaError      a definition that the API server rejects, or accepts with a defect
├── CelError         a CEL expression that the API server does not compile
└── ProjectError     [tool.crd-gen], a target or a file cannot be read
"""

from collections.abc import Sequence


class CrdGenError(Exception):
    """Base of all exceptions; the message is shown on the command line as it is."""


class UnmappableError(CrdGenError):
    """A model has no exact structural schema.

    model is the name of the class, path the JSON path of the field in it (`spec.steps[].name`), problem the
    reason, and alternatives what can be written instead.
    """

    def __init__(self, model: str, path: str, problem: str, alternatives: Sequence[str] = ()) -> None:
        self.model, self.path, self.problem, self.alternatives = model, path, problem, tuple(alternatives)
        where = f"{model}: {path}" if path else model
        advice = "".join(f"\n  - {alternative}" for alternative in self.alternatives)
        super().__init__(f"{where}: {problem}{advice}")


class SchemaError(CrdGenError):
    """A definition has errors; the message has one line for each, sorted by path."""

    def __init__(self, name: str, findings: Sequence[str]) -> None:
        self.name, self.findings = name, tuple(findings)
        super().__init__(f"{name}:" + "".join(f"\n  {finding}" for finding in self.findings))


class CelError(CrdGenError):
    """An expression does not compile; column counts from 1, and is 0 for the expression as a whole."""

    def __init__(self, problem: str, column: int = 0) -> None:
        self.problem, self.column = problem, column
        super().__init__(f"column {column}: {problem}" if column else problem)


class ProjectError(CrdGenError):
    """The command line or [tool.crd-gen] refers to something that cannot be found or read."""
