"""The rules of a pipeline, without a server."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arkrun_crd.rules import pipeline
from support.json_values import VALUES

ROLES = [{"name": "a"}, {"name": "b"}, {"name": "c"}]
NEED = "a team has one of pipeline, routing (routed) and search, or an entry role (dynamic)"

CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "pipeline": ({"roles": ROLES, "pipeline": [{"role": "a"}, {"role": "b", "dependsOn": ["a"]}]}, []),
    "dynamic": ({"roles": [{"name": "a", "canDelegate": ["b"]}, {"name": "b"}], "entry": "a"}, []),
    "routed": ({"routing": {"model": "m"}}, []),
    "no kind": ({"roles": ROLES}, [f"spec: {NEED}, and this one has none"]),
    "two kinds": (
        {"roles": ROLES, "pipeline": [{"role": "a"}], "routing": {"model": "m"}},
        [f"spec: {NEED}, and this one has pipeline and routing"],
    ),
    "roles twice": (
        {"roles": [{"name": "a"}, {"name": "a"}], "entry": "a"},
        ['spec.roles[1].name: "a" is the name of roles[0] too: role names are unique'],
    ),
    "steps twice": (
        {"roles": ROLES, "pipeline": [{"role": "a"}, {"role": "a"}]},
        ['spec.pipeline[1].role: "a" is the role of pipeline[0] too: a step is named by its role'],
    ),
    "unknown role": (
        {"roles": ROLES, "pipeline": [{"role": "x"}]},
        ['spec.pipeline[0].role: "x" is no role of this team, which has: a, b, c'],
    ),
    "unknown step": (
        {"roles": ROLES, "pipeline": [{"role": "a", "dependsOn": ["b"]}]},
        ['spec.pipeline[0].dependsOn[0]: "b" is no step of this team, which has: a'],
    ),
    "cycle": (
        {
            "roles": ROLES,
            "pipeline": [
                {"role": "a", "dependsOn": ["b"]},
                {"role": "b", "dependsOn": ["c"]},
                {"role": "c", "dependsOn": ["b"]},
            ],
        },
        ["spec.pipeline: its steps wait for each other: b -> c -> b"],
    ),
    "entry": (
        {"roles": ROLES, "entry": "x"},
        ['spec.entry: "x" is no role of this team, which has: a, b, c'],
    ),
    "delegates": (
        {"roles": [{"name": "a", "canDelegate": ["a", "x"]}], "entry": "a"},
        ['spec.roles[0].canDelegate[1]: "x" is no role of this team, which has: a'],
    ),
    "schema": (
        {"roles": ROLES, "pipeline": [{"role": "a", "validate": {"schema": "[]"}}]},
        ["spec.pipeline[0].validate.schema: is JSON, but not a JSON Schema: write an object"],
    ),
    "pattern": (
        {"roles": ROLES, "pipeline": [{"role": "a", "validate": {"rejectPatterns": ["ok", "(?=x)"]}}]},
        ["spec.pipeline[0].validate.rejectPatterns[1]: is not an RE2 pattern: invalid perl operator: (?="],
    ),
    "pattern that no CRD of ours lets through": (
        {"roles": ROLES, "pipeline": [{"role": "a", "validate": {"rejectPatterns": ["(" * 4097]}}]},
        [],
    ),
    "search": ({"roles": ROLES, "search": {"executorRole": "a"}}, []),
    "search and pipeline": (
        {"roles": ROLES, "search": {"executorRole": "a"}, "pipeline": [{"role": "a"}]},
        [f"spec: {NEED}, and this one has pipeline and search"],
    ),
    "entry beside a pipeline": (
        {"roles": [{"name": "a", "canDelegate": ["x"]}], "pipeline": [{"role": "a"}], "entry": "x"},
        [],
    ),
    "lookup without a role": (
        {"roles": ROLES, "pipeline": [{"role": "x", "registryLookup": {"capability": "find"}}]},
        [],
    ),
    "days": (
        {"roles": ROLES, "entry": "a", "runRetainFor": "7d"},
        ['spec.runRetainFor: "7d" is not a Go duration of at most 292 years: write hours, such as 168h'],
    ),
    "three centuries": (
        {"roles": ROLES, "entry": "a", "runRetainFor": "2562048h"},
        [
            (
                'spec.runRetainFor: "2562048h" is not a Go duration of at most 292 years: '
                "write hours, such as 168h"
            )
        ],
    ),
    "tools of no shape": (
        {"roles": [{"name": "a", "tools": "search"}], "entry": "a"},
        ["spec.roles[0].tools: must be a list of HTTP tools, or an object with mcp and webhooks"],
    ),
    "tools of a wrong type": (
        {"roles": [{"name": "a", "tools": {"mcp": [{"name": 5}]}}], "entry": "a"},
        ["spec.roles[0].tools.mcp[0].name: input should be a valid string"],
    ),
    "tools of two shapes": (
        {"roles": [{"name": "a", "tools": []}, {"name": "b", "tools": {"mcp": []}}], "entry": "a"},
        ["spec.roles[1].tools: has another form than that of roles[0]: no operator reads both"],
    ),
    "good schema": (
        {"roles": ROLES, "pipeline": [{"role": "a", "outputSchema": '{"type": "object"}'}]},
        [],
    ),
}

DOUBTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "loop": (
        {
            "pipeline": [
                {"role": "a", "loop": {"condition": "{{ .steps.a.output }}{{ .steps.b.output }}"}},
                {"role": "b"},
            ]
        },
        ['spec.pipeline[0].loop.condition: template refers to step "b", which "a" does not wait for'],
    ),
    "unknown input": (
        {"inputs": [{"name": "x"}], "pipeline": [{"role": "a", "inputs": {"p": "{{ .input.y }}"}}]},
        ['spec.pipeline[0].inputs.p: template refers to the unknown input "y"'],
    ),
    "any input": ({"pipeline": [{"role": "a", "inputs": {"p": "{{ .input.y }}"}}]}, []),
    "unordered": (
        {"pipeline": [{"role": "a"}, {"role": "b", "if": "{{ .steps.a.output }}"}]},
        ['spec.pipeline[1].if: template refers to step "a", which "b" does not wait for'],
    ),
    "ordered by way of another": (
        {
            "pipeline": [
                {"role": "a"},
                {"role": "b", "dependsOn": ["a"]},
                {"role": "c", "dependsOn": ["b"], "if": "{{ .steps.a.output }}"},
            ]
        },
        [],
    ),
    "output": (
        {"pipeline": [{"role": "a"}], "output": "{{ .steps.z.output }}"},
        ['spec.output: template refers to the unknown step "z"'],
    ),
    "roles twice beside a pipeline": (
        {"roles": [{"name": "a"}, {"name": "a"}], "pipeline": [{"role": "a"}]},
        ['spec.roles[1].name: "a" is the name of roles[0] too: role names are unique'],
    ),
    "output schema": (
        {"pipeline": [{"role": "a", "outputSchema": "{"}]},
        [
            (
                "spec.pipeline[0].outputSchema: is not JSON: "
                "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"
            )
        ],
    ),
    "no template": (
        {"pipeline": [{"role": "a"}], "output": "{{ .steps.a.output"},
        ["spec.output: template has an action that is not closed"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_fault_is_one_fatal_finding(case: str) -> None:
    """Each fault of a team is one fatal finding at its field."""
    spec, expected = CASES[case]

    assert [str(finding) for finding in pipeline.check_team(spec) if finding.fatal] == expected


@pytest.mark.parametrize("case", DOUBTS)
def test_doubt_is_one_warning(case: str) -> None:
    """Each doubt about a team is one finding that is not fatal."""
    spec, expected = DOUBTS[case]

    found = pipeline.check_team({"roles": ROLES, **spec})
    assert [(str(finding), finding.fatal) for finding in found] == [(text, False) for text in expected]


def test_faults_are_found_beside_many_doubts() -> None:
    """A fault is found however many doubts there are."""
    roles = [{"name": "a"}] * (pipeline.FINDING_LIMIT + 5)
    found = pipeline.check_team({"roles": roles, "pipeline": [{"role": "a", "dependsOn": ["a"]}]})

    assert [str(finding) for finding in found if finding.fatal] == [
        "spec.pipeline: its steps wait for each other: a -> a"
    ]
    assert len(found) == 1 + pipeline.FINDING_LIMIT


def test_template_of_a_run_refers_to_a_missing_input() -> None:
    """An input that a template of a run refers to and the run does not have is a doubt."""
    spec = {
        "roles": ROLES,
        "pipeline": [{"role": "a", "inputs": {"p": "{{ .input.x }}{{ .input.y }}"}}],
        "input": {"x": "1"},
    }

    assert list(map(str, pipeline.check_run(spec))) == [
        'spec.pipeline[0].inputs.p: template refers to the unknown input "y"'
    ]


def test_spec_above_the_size_limit_is_a_fault() -> None:
    """A spec of the maximum size is accepted, one more byte is a fault."""
    assert pipeline.check_size(1048576) == []
    assert list(map(str, pipeline.check_size(1048577))) == [
        (
            "spec: has 1048577 bytes as JSON, and at most 1048576 leave space for a run's status "
            "in etcd: shorten prompts or schemas"
        )
    ]


def test_message_shows_part_of_a_long_cycle() -> None:
    """The message about a long cycle is shortened, and ends with its first step."""
    names = [f"r{number}" for number in range(100)]
    steps = [{"role": a, "dependsOn": [b]} for a, b in zip(names, [*names[1:], names[0]], strict=True)]
    spec = {"roles": [{"name": name} for name in names], "pipeline": steps}

    assert list(map(str, pipeline.check_team(spec))) == [
        f"spec.pipeline: its steps wait for each other: {' -> '.join(names[:19])} -> (81 more) -> r0"
    ]


def test_number_of_findings_is_bounded() -> None:
    """A team with any number of faults has a bounded number of findings."""
    steps = [{"role": f"r{number}", "dependsOn": ["none"]} for number in range(2000)]

    assert len(pipeline.check_team({"pipeline": steps})) == 20


def test_long_chain_is_not_a_cycle() -> None:
    """A long chain of dependencies is checked without recursion."""
    graph = {str(number): [str(number + 1)] for number in range(5000)}

    assert pipeline.find_cycle(graph) == []
    assert pipeline.find_cycle({**graph, "5000": ["4999"]}) == ["4999", "5000", "4999"]


@given(st.dictionaries(st.integers(0, 6), st.lists(st.integers(0, 6), max_size=3)))
def test_cycle_is_found_if_and_only_if_there_is_no_order(edges: dict[int, list[int]]) -> None:
    """A cycle is a path of the graph that ends at its start, and exists only without a topological order."""
    graph = {str(node): [str(other) for other in others] for node, others in edges.items()}
    path = pipeline.find_cycle(graph)

    assert bool(path) != sortable(graph)
    if path:
        assert path[0] == path[-1]
        assert all(after in graph[before] for before, after in itertools.pairwise(path))


@given(st.dictionaries(st.sampled_from(["roles", "pipeline", "entry", "routing", "inputs", "input"]), VALUES))
def test_any_spec_is_checked_without_an_exception(spec: dict[str, Any]) -> None:
    """The rules raise no exception for a spec that another schema accepted."""
    assert isinstance(pipeline.check_team(spec), list)
    assert isinstance(pipeline.check_run(spec), list)


def sortable(graph: dict[str, list[str]]) -> bool:
    """Return True if a graph has no cycle, by removing nodes without successors."""
    left = {node: set(others) & graph.keys() for node, others in graph.items()}
    while free := [node for node, others in left.items() if not others]:
        for node in free:
            del left[node]
        for others in left.values():
            others.difference_update(free)
    return not left
