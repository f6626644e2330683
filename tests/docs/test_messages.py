"""The source of each refusal documents its cause and cure."""

import inspect
from collections.abc import Callable
from typing import get_type_hints

import pytest

from arkrun_webhook import errors
from arkrun_webhook.admission import refusals
from arkrun_webhook.errors import Refused, TeamNotReadable
from arkrun_webhook.teams import refusals as team_refusals
from docs.messages import REFUSALS, explanation, policy_rows

POLICY = """
  validations:
    # Why it is so.
    # Cause: The spec
    #   would change.
    # Cure: See docs/backup.md.
    - expression: a == b
      message: 'the spec is written once'
    # Cause: The label would change.
    # Cure: Leave it.
    - expression: >-
        c == d
      reason: Forbidden
      message: >-
        the label is
        written once
      messageExpression: >-
        'the label is written once (was ' + e + ')'
---
"""


def all_refusals() -> set[Callable[..., object]]:
    """Return every function and class of the webhook that builds a refusal."""
    functions = {
        function
        for module in (refusals, team_refusals)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_") and get_type_hints(function).get("return") is Refused
    }
    classes = {
        class_
        for _, class_ in inspect.getmembers(errors, inspect.isclass)
        if issubclass(class_, Refused) and class_ not in (Refused, TeamNotReadable)
    }
    return functions | classes


def test_every_refusal_has_an_example() -> None:
    """So the troubleshooting page is complete."""
    assert set(REFUSALS) == all_refusals()


@pytest.mark.parametrize("refuse", REFUSALS, ids=lambda refuse: refuse.__name__)
def test_every_refusal_has_cause_and_cure(refuse: Callable[..., object]) -> None:
    """Both are complete sentences."""
    cause, cure = explanation(refuse)

    assert cause.endswith(".")
    assert cure.endswith(".")


def test_a_refusal_without_an_explanation_is_an_error() -> None:
    """`make generate` names the function whose docstring is incomplete."""

    def refuse() -> None:
        """Refuse a run.

        Cause: A reason.
        """

    with pytest.raises(
        ValueError, match=r"the docstring of \S*refuse needs the lines `Cause: …` and `Cure: …`$"
    ):
        explanation(refuse)


def test_policies_are_explained_by_their_comments() -> None:
    """A message built by CEL is abbreviated to its beginning; pages are linked."""
    assert [*policy_rows(POLICY)] == [
        ("`the spec is written once`", "The spec would change.", "See [backup.md](backup.md)."),
        ("`the label is written once (was …`", "The label would change.", "Leave it."),
    ]


def test_a_policy_without_an_explanation_is_an_error() -> None:
    """Comments with cause and cure are required."""
    template = POLICY.replace("    # Cure: Leave it.\n", "")
    with pytest.raises(
        ValueError,
        match=r"^a validation needs the comments `# Cause: …` and `# Cure: …` above its expression$",
    ):
        [*policy_rows(template)]
