"""The exceptions of crd-gen.

CrdGenError
├── UnmappableError  a model has no exact structural schema
├── RefusedError     several of the errors below, of several kinds
├── SchemaError      a definition that the API server rejects, or accepts with a defect
├── CelError         a CEL expression that the API server does not compile
└── ProjectError     [tool.crd-gen], a target or a file cannot be read
"""

from __future__ import annotations

from collections.abc import Sequence


class CrdGenError(Exception):
    """Base of all exceptions; the message is shown on the command line as it is."""


class UnmappableError(CrdGenError):
    """A model has no exact structural schema.

    model is the name of the class, path the JSON path of the field in it (`spec.steps[].name`), problem the
    reason, alternatives what can be written instead, and source the file and line. others are the further
    refusals of the same run; the message shows all of them.
    """

    def __init__(
        self,
        model: str,
        path: str,
        problem: str,
        alternatives: Sequence[str] = (),
        *,
        source: str = "",
        others: Sequence[UnmappableError] = (),
    ) -> None:
        self.model, self.path, self.problem, self.alternatives = model, path, problem, tuple(alternatives)
        self.source, self.others = source, tuple(others)
        super().__init__("\n".join(refusal.text for refusal in (self, *self.others)))

    @property
    def text(self) -> str:
        """Return the message of this refusal alone."""
        parts = [part for part in (self.source, self.model, self.path) if part]
        return ": ".join([*parts, self.problem]) + "".join(f"\n  - {other}" for other in self.alternatives)

    @classmethod
    def of(cls, refusals: Sequence[UnmappableError]) -> UnmappableError:
        """Join refusals into one exception; the same refusal of a shared model is shown once."""
        unique = {
            (found.source or found.path, found.model, found.problem): found for found in reversed(refusals)
        }
        first, *others = sorted(unique.values(), key=refusals.index)
        return cls(
            first.model, first.path, first.problem, first.alternatives, source=first.source, others=others
        )


class SchemaError(CrdGenError):
    """A definition has errors; the message has one line for each, sorted by path."""

    def __init__(self, name: str, findings: Sequence[str]) -> None:
        self.name, self.findings = name, tuple(findings)
        super().__init__(f"{name}:" + "".join(f"\n  {finding}" for finding in self.findings))


class RefusedError(CrdGenError):
    """Several kinds have errors; the message shows all of them."""

    def __init__(self, errors: Sequence[CrdGenError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in errors))


class CelError(CrdGenError):
    """An expression does not compile; column counts from 1, and is 0 for the expression as a whole."""

    def __init__(self, problem: str, column: int = 0) -> None:
        self.problem, self.column = problem, column
        super().__init__(f"column {column}: {problem}" if column else problem)


class ProjectError(CrdGenError):
    """The command line or [tool.crd-gen] refers to something that cannot be found or read."""
