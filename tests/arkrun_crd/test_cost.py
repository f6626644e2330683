"""What ArkRun's rules cost: within every budget, by the figures and on the largest object."""

from arkrun_crd.v1alpha1 import ArkRun, ArkTeam
from crd_gen.checks import findings
from crd_gen.cel.rule_cost import CALL_LIMIT, OBJECT_LIMIT, costs
from crd_gen.resources.definition import definition
from crd_gen.schema.structural import structural_schema


def test_nothing_is_found_in_either_kind() -> None:
    """Neither definition has an error or a warning."""
    assert [*findings(definition(ArkRun)), *findings(definition(ArkTeam))] == []


def test_no_call_can_exceed_the_run_time_budget() -> None:
    """No rule on any legal run is above half of what one call may cost, nor all above half of an object's."""
    found = costs(structural_schema(ArkRun))

    assert max(rule.call for rule in found) < CALL_LIMIT // 2
    assert sum(rule.total for rule in found) < OBJECT_LIMIT // 2
