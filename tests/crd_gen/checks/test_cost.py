"""Cost limits: the findings about expensive rules, and the suggested bounds."""

import json

import pytest

from controlplane import ControlPlane
from crd_gen.cel.costs.rule_cost import costs
from crd_gen.checks.schema.budget import Bound, over_budget, suggest
from support.crds.definitions import CRDS, Schema, crd, node, root, rule

NAMED = node(required=["name"], properties={"name": node("string", maxLength=20)})
UNIQUE = "self.all(a, self.exists_one(b, a.name == b.name))"


def unique(most: int) -> Schema:
    """Build a list whose items must have names of their own, checked pair by pair."""
    return root(
        spec=node(properties={"items": node("array", maxItems=most, items=NAMED, x_validations=rule(UNIQUE))})
    )


def test_cost_is_multiplied_by_the_bounds_of_lists_and_maps() -> None:
    """A rule below a list runs once for each item; without a bound, as often as items fit into a request."""
    inner = node("string", maxLength=10, x_validations=rule("self != 'x'"))
    bounded = root(a=node("array", maxItems=7, items=inner), b=node(additionalProperties=inner))

    found = costs(bounded)

    assert [(cost.path, cost.call, cost.count, cost.unbounded) for cost in found] == [
        ("a[]", 2, 7, ""),
        ("b{}", 2, 1048576, "b"),
    ]


def test_missing_bounds_are_suggested() -> None:
    """For a rule above the limit, the missing bounds are suggested with a value that is low enough."""
    schema = root(a=node("array", items=node("string", x_validations=rule("self.matches('a+')"))))
    cost = costs(schema)[0]

    bounds = suggest(cost)

    assert bounds == [Bound("a", "maxItems", 4997), Bound("a[]", "maxLength", 4997)]
    fitted = root(
        a=node(
            "array",
            maxItems=4997,
            items=node("string", maxLength=4997, x_validations=rule("self.matches('a+')")),
        )
    )
    assert costs(fitted)[0].total <= 10_000_000


def test_rule_above_the_limit_is_an_error_with_a_suggestion() -> None:
    """The message has the cost, the limit, the unbounded ancestor and the suggested bound."""
    words = node("string", maxLength=900, x_validations=rule("self.matches('abcdefgh')"))

    found = [*over_budget(root(a=node("array", items=words)))]

    assert found == [
        (
            "a[]",
            (
                "rule \"self.matches('abcdefgh')\" costs up to 758,120,448 in total, above "
                "the limit of 10,000,000; a has no bound; set maxItems 13831 on a"
            ),
            True,
        ),
        (
            "",
            "all rules cost 758,120,448, above the limit of 100,000,000; the most expensive is at a[]",
            True,
        ),
    ]


def test_rule_above_the_run_time_limit_is_a_warning() -> None:
    """A rule within the static limit but above the limit per evaluation is a warning."""
    warnings = [
        (path, fatal) for path, problem, fatal in over_budget(unique(400)) if "per evaluation" in problem
    ]

    assert warnings == [("spec.items", False)]
    assert [*over_budget(unique(150))] == []


@pytest.mark.cluster
def test_server_installs_a_rule_above_the_run_time_limit_and_rejects_an_object(
    control_plane: ControlPlane, namespace: str
) -> None:
    """The real API server installs the rule, and rejects a valid object of 700 items."""
    definition = crd(unique(700))
    installed = control_plane.api.call("POST", CRDS, json.dumps(definition).encode())
    assert installed.status == 201, installed.message
    control_plane.wait_for_crds("crd/widgets.example.com")
    path = f"/apis/example.com/v1/namespaces/{namespace}/widgets"
    sizes = (150, 700)

    answers = [control_plane.api.call("POST", path, json.dumps(widget(size)).encode()) for size in sizes]

    control_plane.api.call("DELETE", f"{CRDS}/widgets.example.com")
    assert [answer.status for answer in answers] == [201, 422]
    assert "no further validation rules will be run due to call cost exceeds limit" in answers[1].message


def widget(size: int) -> Schema:
    """Build an object of so many items."""
    return {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {"name": f"widget-{size}"},
        "spec": {"items": [{"name": f"item-{number}"} for number in range(size)]},
    }
