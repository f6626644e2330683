"""The one error of this package: an expression that the API server would not compile."""

from crd_gen.errors import CrdGenError


class CelError(CrdGenError):
    """What is wrong with an expression, and where: a column, counted from 1, or 0 for the whole."""

    def __init__(self, problem: str, column: int = 0) -> None:
        self.problem, self.column = problem, column
        super().__init__(f"column {column}: {problem}" if column else problem)
