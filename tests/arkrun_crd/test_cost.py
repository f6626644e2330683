"""The estimated cost of the rules stays within the API server's limits."""

from arkrun_crd.v1alpha1 import ArkRun, ArkTeam
from crd_gen.cel.costs.rule_cost import CALL_LIMIT, OBJECT_LIMIT, costs
from crd_gen.checks import findings
from crd_gen.resources.definition import definition
from crd_gen.schema.structural import structural_schema


def test_definitions_have_no_findings() -> None:
    """Neither definition has an error or a warning."""
    assert [*findings(definition(ArkRun)), *findings(definition(ArkTeam))] == []


def test_rules_stay_below_half_of_the_run_time_limits() -> None:
    """No rule exceeds half of the limit per evaluation, nor all rules half of that per object."""
    found = costs(structural_schema(ArkRun))

    assert max(rule.call for rule in found) < CALL_LIMIT // 2
    assert sum(rule.total for rule in found) < OBJECT_LIMIT // 2
